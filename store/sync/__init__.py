"""How a store and its hubs exchange what each side lacks. Which hubs there are: store/hubs/."""
