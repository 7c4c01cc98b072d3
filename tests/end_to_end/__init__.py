"""A real Home Assistant, a real browser, and the simulator behind them."""
