package bulk

import (
	"errors"
	"fmt"
	"strings"

	"github.com/exawire/exawire/internal/sqlword"
)

var (
	errQuery      = errors.New(`neither the name of a table, such as SALES.ORDERS, nor a query that begins with SELECT, WITH or VALUES`)
	errParameters = errors.New("the query has parameters (?), which EXPORT does not know: write the values into the query, texts in quotes, or load them into a table and join it")
	errSeveral    = errors.New("the query has a semicolon in it: export one query at a time")
	errColumns    = errors.New("the option Columns is for tables: name the columns in the query")
	errOpen       = errors.New("the query has a quote, a comment or a parenthesis without the other one")
)

// exported returns what EXPORT takes for the name of a table or for a query.
func exported(from string, columns []string) (string, error) {
	if name, ok := tableName(from); ok {
		return name + columnList(columns), nil
	}
	switch first, _ := sqlword.Cut(from); {
	case first != "SELECT" && first != "WITH" && first != "VALUES":
		return "", fmt.Errorf("%s: %w", sqlword.Brief(from), errQuery)
	case sqlword.Parameters(from) > 0:
		return "", errParameters
	case len(columns) > 0:
		return "", errColumns
	}
	query, err := oneQuery(from)
	if err != nil {
		return "", err
	}
	// A comment at the end must not have the parenthesis in it.
	return "(" + query + "\n)", nil
}

// tableName returns the name of a table without the white space around it, unless it is something else.
func tableName(from string) (name string, ok bool) {
	name = strings.TrimSpace(from)
	return name, sqlword.IsName(name)
}

// oneQuery returns a query without a semicolon at its end. What it returns stays a whole in parentheses.
func oneQuery(query string) (string, error) {
	const mark = "\n;" // a token only if nothing before it is open
	end, depth, closed := len(query), 0, false
	for t := range sqlword.Scan(query + mark) {
		switch {
		case t.At > len(query):
			closed = depth == 0
		case t.Text == ";":
			end = min(end, t.At)
		case end < t.At:
			return "", errSeveral
		case t.Text == "(":
			depth++
		case t.Text == ")":
			if depth--; depth < 0 {
				return "", errOpen
			}
		}
	}
	if !closed {
		return "", errOpen
	}
	return query[:end], nil
}
