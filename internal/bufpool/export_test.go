package bufpool

// Poison tells whether Put overwrites.
const Poison = poison

// ClassSize returns the size of the class that serves n bytes.
func ClassSize(n int) int { return size(class(n)) }
