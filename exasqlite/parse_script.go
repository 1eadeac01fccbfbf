package exasqlite

import (
	"strings"
)

// CREATE SCRIPT, whose body is in another language. The lexer has to know where a body begins, before there is a
// grammar, and so the head of the statement is recognised from its tokens.

// scriptWord returns where SCRIPT stands in what follows CREATE [OR REPLACE], after up to two words for the language
// and the type, or -1. A language can have any name but that of another kind of object.
func scriptWord(tokens []token) int {
	for i, t := range tokens[:min(len(tokens), 3)] {
		switch {
		case t.kind == tokWord && t.text == "SCRIPT":
			return i
		case t.kind == tokQuoted && i == 0:
		case t.kind != tokWord, i == 0 && (objectWords[t.text] || refusedObjects["CREATE"][t.text]):
			return -1
		}
	}
	return -1
}

// objectWords are the kinds of objects that this package has, but for scripts.
var objectWords = wordSet("SCHEMA TABLE VIEW FORCE")

// bodyFollows reports whether tokens, the last of which is AS, are the head of a script: what follows is no SQL.
func bodyFollows(tokens []token) bool {
	if tokens[0].kind != tokWord || tokens[0].text != "CREATE" {
		return false
	}
	tokens = tokens[1:]
	if len(tokens) > 2 && tokens[0].kind == tokWord && tokens[0].text == "OR" && tokens[1].text == "REPLACE" {
		tokens = tokens[2:]
	}
	// The arguments of a script may have AS in their types' neighbourhood only: the AS that counts is outside of
	// parentheses.
	at := scriptWord(tokens)
	if at < 0 {
		return false
	}
	depth := 0
	for _, t := range tokens[at:] {
		if t.kind == tokSymbol && t.text == "(" {
			depth++
		} else if t.kind == tokSymbol && t.text == ")" {
			depth--
		}
	}
	return depth == 0
}

// body reads the body of a script: all that is left, or what stands before a line with nothing but a slash, which is
// dropped.
func (l *lexer) body() token {
	t := token{kind: tokBody, pos: pos{l.line, l.col}, start: l.at}
	end, next := len(l.src), len(l.src)
	// Drivers and SQL clients end a script with a line that has a slash alone. They may send that line or not.
	for at := l.at; at < len(l.src); {
		newline := strings.IndexByte(l.src[at:], '\n')
		if newline < 0 {
			break
		}
		at += newline + 1
		line, _, _ := strings.Cut(l.src[at:], "\n")
		if strings.TrimSpace(line) == "/" {
			end, next = at, at+len(line)
			break
		}
	}
	t.text = strings.TrimSpace(l.src[l.at:end])
	t.end = l.at + len(strings.TrimRight(l.src[l.at:end], " \t\r\n"))
	l.skip(next - l.at)
	return t
}

// createScript parses what follows CREATE [OR REPLACE]; word is where SCRIPT stands in it.
func (p *parser) createScript(replace bool, word int) (statement, error) {
	st := &stCreateScript{replace: replace, script: script{Language: "LUA", Type: "SCRIPTING", Result: "ROWCOUNT"}}
	// The language is any word. Without one the database takes Lua.
	kinds := wordSet("SCALAR SET ADAPTER PREPROCESSOR")
	kind := ""
	for i := range word {
		t := p.next()
		switch {
		case t.kind == tokWord && kinds[t.text] && kind == "":
			kind = t.text
		case i == 0:
			st.script.Language = t.text
		default:
			return nil, errSyntax(t)
		}
	}
	p.at++
	// What a script gives back is fixed by its type, but for scripts of SQL and for functions, which say it.
	switch kind {
	case "SCALAR", "SET":
		st.script.Type, st.script.Input, st.script.Result = "UDF", kind, ""
	case "ADAPTER", "PREPROCESSOR":
		st.script.Type, st.script.Result = kind, ""
	}
	var err error
	if st.path, err = p.path(); err != nil {
		return nil, err
	}
	if p.isSymbol("(") {
		if err := p.skipParens(); err != nil {
			return nil, err
		}
	}
	if err := p.scriptResult(&st.script); err != nil {
		return nil, err
	}
	if err := p.expect("AS"); err != nil {
		return nil, err
	}
	// A script without a body is refused where it ends.
	body := p.next()
	if body.kind != tokBody || body.text == "" {
		return nil, errSyntax(token{pos: body.pos})
	}
	st.script.Text = p.src[p.tokens[0].start:body.end]
	return st, nil
}

// scriptResult parses RETURNS and EMITS.
func (p *parser) scriptResult(s *script) error {
	switch {
	case s.Type == "SCRIPTING" && p.word("RETURNS"):
		t := p.next()
		if t.kind != tokWord || t.text != "TABLE" && t.text != "ROWCOUNT" {
			return errSyntax(t)
		}
		s.Result = t.text
	// Adapters and preprocessors return nothing that could be said.
	case s.Type != "UDF":
	case p.word("RETURNS"):
		s.Result = "RETURNS"
		_, err := p.typeName()
		return err
	default:
		s.Result = "EMITS"
		if err := p.expect("EMITS"); err != nil {
			return err
		}
		return p.skipParens()
	}
	return nil
}

// skipParens passes over a list in parentheses.
func (p *parser) skipParens() error {
	if err := p.expectSymbol("("); err != nil {
		return err
	}
	for depth := 1; depth > 0; {
		switch t := p.next(); {
		case t.kind == tokEnd:
			return errSyntax(t)
		case t.kind == tokSymbol && t.text == "(":
			depth++
		case t.kind == tokSymbol && t.text == ")":
			depth--
		}
	}
	return nil
}

// execute parses EXECUTE SCRIPT name [(arguments)] [WITH OUTPUT].
func (p *parser) execute() (statement, error) {
	if err := p.expect("SCRIPT"); err != nil {
		return nil, err
	}
	name, err := p.path()
	if err != nil {
		return nil, err
	}
	if p.isSymbol("(") {
		if err := p.skipParens(); err != nil {
			return nil, err
		}
	}
	p.word("WITH", "OUTPUT")
	return stExecuteScript{name}, nil
}
