"""What nobody asks for and somebody should see: nights, models' ages, ledgers, disks."""
