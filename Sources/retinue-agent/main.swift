AgentProgram.main()
