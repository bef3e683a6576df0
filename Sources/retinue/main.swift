print("retinue")
