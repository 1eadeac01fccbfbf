package commands

// Size returns how many bytes [Append] needs for a request with these attributes, so that it can be given a slice that
// does not have to grow. It is too high by a few hundred bytes at most, and some for each column of parameters. It is
// too low only for a [Raw] with values other than text. Nothing is checked.
func Size(cmd Command, attrs ...Attribute) int {
	size := 64 + len(cmd.CommandName())
	for _, a := range attrs {
		size += len(a.name) + len(a.json) + len(`"":,`)
	}
	if sql, ok := statementOf(cmd); ok {
		return size + jsonSize(sql) + len(`,"sqlText":`)
	}
	return size + fieldsSize(cmd)
}

// fieldsSize returns the size of the fields of a command.
func fieldsSize(cmd Command) (size int) {
	if c, ok := cmd.(texter); ok {
		c.texts(func(s string) { size += jsonSize(s) + len(`"hostIp":,`) + 16 })
	}
	switch c := cmd.(type) {
	case CloseResultSet:
		size += 20 * len(c.Handles)
	case GetResultSetHeader:
		size += 20 * len(c.Handles)
	case ExecutePreparedStatement:
		size += 160 + 160*len(c.Columns)
		for _, values := range c.Data {
			size += len(values) + len(`[],`)
		}
	case Raw:
		size += 32 * len(c.Fields)
	default:
		size += 96 // numbers, and names of fields
	}
	return size
}

// jsonSize returns the length of s as a JSON string.
func jsonSize(s string) int {
	size := len(s) + len(`""`)
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\' || c == '\n' || c == '\r' || c == '\t':
			size++
		case c < ' ':
			size += len(`\u0000`) - 1
		}
	}
	return size
}
