package exasqlite

import "strings"

// A parser by recursive descent. It looks ahead by a word or two where Exasol's grammar is ambiguous, and never goes
// back. It knows nothing of the catalog: whether a name is a column, a table or a script is decided by the binder.

// parser turns the tokens of one statement into a tree. What Exasol has and this package lacks ends in an error with
// code 0A000, everything else that does not fit in a syntax error.
type parser struct {
	src    string // the statement
	tokens []token
	at     int
	depth  int   // of nesting, see enter
	params []pos // of the placeholders
}

// parse parses one statement; reserved are the words that are no names. A trailing semicolon is fine.
func parse(sql string, reserved map[string]bool) (*parsed, error) {
	tokens, err := lex(sql, reserved)
	if err != nil {
		return nil, err
	}
	// A text with nothing but comments is fine, an empty one is a mistake. Both are so in the database.
	p := &parser{src: sql, tokens: tokens}
	if p.peek().kind == tokEnd {
		if strings.TrimSpace(sql) == "" {
			return nil, errSyntax(p.peek())
		}
		return &parsed{st: stNothing{}}, nil
	}
	st, err := p.statement()
	if err != nil {
		return nil, err
	}
	if err := p.finish(); err != nil {
		return nil, err
	}
	return &parsed{sql, st, p.params}, nil
}

// parsed is a statement and the text it was read from.
type parsed struct {
	sql    string
	st     statement
	params []pos // of the placeholders
}

// finish expects the end of the text, perhaps after a semicolon. A second statement makes the semicolon the error.
func (p *parser) finish() error {
	t := p.peek()
	if p.symbol(";") && p.peek().kind != tokEnd {
		return errSyntax(t)
	}
	// There is one statement in each command of the protocol. Splitting scripts is the client's work.
	if p.peek().kind != tokEnd {
		return errSyntax(p.peek())
	}
	return nil
}

// statement parses a statement by its first word. A query may begin with a parenthesis as well.
func (p *parser) statement() (statement, error) {
	t := p.peek()
	if t.kind == tokSymbol && t.text == "(" || p.isWord("SELECT", "WITH") {
		return p.query()
	}
	if t.kind != tokWord {
		return nil, errSyntax(t)
	}
	p.at++
	switch t.text {
	case "INSERT":
		return p.insert()
	case "UPDATE":
		return p.update()
	case "DELETE":
		return p.delete()
	case "MERGE":
		return p.merge()
	case "TRUNCATE":
		if err := p.expect("TABLE"); err != nil {
			return nil, err
		}
		name, err := p.path()
		return stTruncate{name}, err
	case "CREATE":
		return p.create()
	case "DROP":
		return p.drop()
	case "OPEN":
		if err := p.expect("SCHEMA"); err != nil {
			return nil, err
		}
		name, err := p.ident()
		return stOpenSchema{name: name}, err
	case "CLOSE":
		return stCloseSchema{}, p.expect("SCHEMA")
	case "COMMIT":
		p.word("WORK")
		return stCommit{}, nil
	case "ROLLBACK":
		p.word("WORK")
		return stRollback{}, nil
	case "COMMENT":
		return p.comment()
	case "ALTER":
		if p.word("SESSION") {
			return p.alterSession()
		}
		if p.word("TABLE") {
			return p.alterTable()
		}
		return nil, p.refusedObject("ALTER", p.peek(), t.pos)
	case "RENAME":
		return p.rename()
	}
	return p.otherStatement(t)
}

// otherStatement parses a statement about sessions, scripts or files, or refuses one.
func (p *parser) otherStatement(t token) (statement, error) {
	switch t.text {
	case "KILL":
		return p.kill()
	case "IMPERSONATE":
		return p.impersonate()
	case "FLUSH":
		return p.flush()
	case "EXECUTE":
		return p.execute()
	case "IMPORT":
		return p.importStatement(t.pos)
	case "EXPORT":
		return p.exportStatement()
	}
	// A user has to see the difference between a typo and a statement that only a database runs.
	if refusedStatements[t.text] {
		return nil, unsupported(t.pos, "%s", t.text)
	}
	return nil, errSyntax(t)
}

// refusedStatements are statements of the database that this package does not run.
var refusedStatements = wordSet(`EXPLAIN GRANT REVOKE DESCRIBE DESC RECOMPRESS
	REORGANIZE PRELOAD CONTROL ENFORCE ANALYZE CONSUME ALLOW VALUES TABLE SET BACKUP`)

// refusedObject is the error for a statement about a kind of object that this package does not have; a word that is no
// kind of object is a syntax error. at is where the first one says that it is.
func (p *parser) refusedObject(verb string, object token, at pos) error {
	if object.kind == tokWord && refusedObjects[verb][object.text] {
		return unsupported(at, "%s %s", verb, object.text)
	}
	return errSyntax(object)
}

// refusedObjects are the kinds of objects that the database has and this package lacks, by what is done with them.
var refusedObjects = map[string]map[string]bool{
	"CREATE": wordSet("USER ROLE CONNECTION FUNCTION VIRTUAL CONSUMER"),
	"DROP":   wordSet("USER ROLE CONNECTION FUNCTION VIRTUAL CONSUMER FORCE"),
	"ALTER":  wordSet("USER ROLE CONNECTION SCHEMA VIRTUAL CONSUMER SYSTEM"),
	"RENAME": wordSet("USER ROLE CONNECTION FUNCTION CONSUMER"),
}

// maxDepth is how deeply expressions and queries may be nested.
const maxDepth = 300

// enter counts a level of nesting, which the caller leaves with p.depth--.
func (p *parser) enter() error {
	p.depth++
	return p.within(0)
}

// within counts the levels that a row of operators, each around the one before, adds to the nesting.
func (p *parser) within(levels int) error {
	if p.depth+levels > maxDepth {
		return unsupported(p.peek().pos, "more than %d levels of nesting", maxDepth)
	}
	return nil
}
