package socket

// Arrived reports whether the kernel holds something for c that was not read, or c is closed.
func Arrived(c *Conn) bool {
	c.raw.mu.Lock()
	defer c.raw.mu.Unlock()
	return c.raw.kernel == nil || c.raw.kernel.pending() || c.raw.closed.Load()
}

// Looks reports whether this system lets c look into its kernel.
func Looks(c *Conn) bool { return c.raw.kernel != nil }
