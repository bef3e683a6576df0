await RetinueProgram.main()
