package exasqlite

// IMPORT and EXPORT of files that a client serves. Sources other than CSV files are refused with their names.

// importStatement parses what follows IMPORT.
func (p *parser) importStatement(at pos) (statement, error) {
	if p.isWord("FROM") || p.isWord("INTO") && p.peekAt(1).text == "(" {
		return nil, unsupported(at, "IMPORT without a table")
	}
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	st := &stImport{pos: p.peek().pos}
	var err error
	if st.table, err = p.path(); err != nil {
		return nil, err
	}
	if p.isSymbol("(") {
		if st.columns, err = p.idents(); err != nil {
			return nil, err
		}
	}
	if err := p.expect("FROM"); err != nil {
		return nil, err
	}
	if st.files, err = p.transferFiles("IMPORT FROM"); err != nil {
		return nil, err
	}
	options := optionParser{p: p, csv: defaultCSV()}
	if err := options.parse(importOptions); err != nil {
		return nil, err
	}
	if st.csv, err = options.finish(); err != nil {
		return nil, err
	}
	st.reject, err = p.rejectClause()
	return st, err
}

// exportStatement parses what follows EXPORT.
func (p *parser) exportStatement() (statement, error) {
	st := &stExport{}
	at := p.peek().pos
	if p.isSymbol("(") {
		p.at++
		var err error
		if st.query, err = p.query(); err != nil {
			return nil, err
		}
		if err := p.expectSymbol(")"); err != nil {
			return nil, err
		}
	} else {
		table, err := p.path()
		if err != nil {
			return nil, err
		}
		body := &selectBody{items: []selectItem{{star: true, pos: at}}, from: []fromItem{{table: table, pos: at}}, pos: at}
		if p.isSymbol("(") {
			columns, err := p.idents()
			if err != nil {
				return nil, err
			}
			body.items = nil
			for _, c := range columns {
				body.items = append(body.items, selectItem{x: &exColumn{path{c}}, alias: &c, pos: c.pos})
			}
		}
		st.query = &query{body: body, pos: at}
	}
	if err := p.expect("INTO"); err != nil {
		return nil, err
	}
	var err error
	if st.files, err = p.transferFiles("EXPORT INTO"); err != nil {
		return nil, err
	}
	options := optionParser{p: p, csv: defaultCSV()}
	if err := options.parse(exportOptions); err != nil {
		return nil, err
	}
	if st.csv, err = options.finish(); err != nil {
		return nil, err
	}
	if p.isWord("REJECT", "ERRORS") {
		return nil, unsupported(p.peek().pos, "%s in EXPORT", p.peek().text)
	}
	return st, nil
}

// otherSources are what the database transfers besides CSV files.
var otherSources = wordSet("FBV EXA ORA JDBC SCRIPT PARQUET")

// transferFiles parses the format and its files: CSV AT address FILE name (columns) and so on.
func (p *parser) transferFiles(what string) ([]transferFile, error) {
	t := p.peek()
	if p.word("LOCAL") {
		p.word("SECURE")
		// A driver replaces it by an address of its own.
		return nil, unsupported(t.pos, "%s LOCAL without a driver that serves the file", what)
	}
	if t.kind == tokWord && otherSources[t.text] {
		return nil, unsupported(t.pos, "%s %s", what, t.text)
	}
	if err := p.expect("CSV"); err != nil {
		return nil, err
	}
	if !p.isWord("AT") {
		return nil, errSyntax(p.peek())
	}
	var files []transferFile
	for p.word("AT") {
		group, err := p.transferAddress()
		if err != nil {
			return nil, err
		}
		files = append(files, group...)
	}
	return files, nil
}

// transferAddress parses an address with its files. The certificate is spoken of before the files or after them.
func (p *parser) transferAddress() ([]transferFile, error) {
	if p.isWord("CLOUD") {
		return nil, unsupported(p.peek().pos, "AT CLOUD")
	}
	var of transferFile
	t := p.peek()
	if t.kind != tokString {
		// There are no connections: CREATE CONNECTION is refused.
		name, err := p.ident()
		if err != nil {
			return nil, err
		}
		return nil, errorAt(codeSyntax, t.pos, "connection %s not found", name.name)
	}
	p.at++
	of.address = t.text
	if p.word("USER") {
		if _, err := p.textLiteral(); err != nil {
			return nil, err
		}
		if err := p.expect("IDENTIFIED", "BY"); err != nil {
			return nil, err
		}
		if _, err := p.textLiteral(); err != nil {
			return nil, err
		}
	}
	given, err := p.certificate(&of.publicKey)
	if err != nil {
		return nil, err
	}
	if !p.isWord("FILE") {
		return nil, errSyntax(p.peek())
	}
	var files []transferFile
	for p.isWord("FILE") {
		of.pos = p.next().pos
		if of.name, err = p.textLiteral(); err != nil {
			return nil, err
		}
		of.columns = nil
		if p.isSymbol("(") {
			if of.columns, err = list(p, p.csvColumn); err != nil {
				return nil, err
			}
		}
		files = append(files, of)
	}
	if !given {
		if _, err := p.certificate(&of.publicKey); err != nil {
			return nil, err
		}
	}
	// A list of columns at the end is that of all files before it that have none.
	last := files[len(files)-1].columns
	for i := range files {
		files[i].publicKey = of.publicKey
		if files[i].columns == nil {
			files[i].columns = last
		}
	}
	return files, nil
}

// certificate parses how the database is to know whom it talks to. Checking that is the work of whoever connects.
func (p *parser) certificate(key *string) (given bool, err error) {
	if p.word("IGNORE", "CERTIFICATE") || p.word("VERIFY", "CERTIFICATE") {
		given = true
	}
	if p.word("PUBLIC") {
		if err := p.expect("KEY"); err != nil {
			return true, err
		}
		*key, err = p.textLiteral()
		return true, err
	}
	return given, nil
}

// textLiteral reads a text in quotes.
func (p *parser) textLiteral() (string, error) {
	t := p.next()
	if t.kind != tokString {
		return "", errSyntax(t)
	}
	return t.text, nil
}
