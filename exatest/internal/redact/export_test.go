package redact

// HideColumns is what a transcript does to a message with rows.
func HideColumns(message []byte) []byte { return columnHider{}.value(nil, message) }
