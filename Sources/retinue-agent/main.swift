print("retinue-agent")
