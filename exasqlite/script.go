package exasqlite

// Scripts of statements, as WithSQL and exasim take them. The lexer finds their ends, so a semicolon in a text or in
// the body of a script is none.

// scriptStatement is one statement of a script and the line on which it begins.
type scriptStatement struct {
	text string
	line int
}

// splitScript cuts a script at the semicolons outside of quotes and comments, and after the bodies of scripts. Pieces
// without a statement are dropped.
func splitScript(script string) ([]scriptStatement, error) {
	tokens, err := lex(script, nil)
	if err != nil {
		return nil, err
	}
	var out []scriptStatement
	first := -1
	for i, t := range tokens {
		end := t.kind == tokEnd || t.kind == tokSymbol && t.text == ";"
		switch {
		case !end && first < 0:
			first = i
		case t.kind == tokBody:
			out = append(out, scriptStatement{script[tokens[first].start:t.end], tokens[first].pos.line})
			first = -1
		case end && first >= 0:
			out = append(out, scriptStatement{script[tokens[first].start:t.start], tokens[first].pos.line})
			first = -1
		}
	}
	return out, nil
}
