package exasqlite

// The tree of expressions and queries. Nodes keep the position of the token that made them, since the binder finds most
// mistakes and the database's errors name the place. Nothing in a tree changes once it is parsed: a prepared statement
// is bound again for each execution.

// ident is a name in an SQL text. Names are stored as the catalog spells them: upper case unless quoted.
type ident struct {
	name string
	pos  pos
}

// path is a name with its qualifiers: column, table.column, schema.table.column.
type path []ident

// last is the name itself, without what qualifies it.
func (p path) last() ident { return p[len(p)-1] }

// String writes the path as error texts show it: without quotes.
func (p path) String() string {
	s := ""
	for i, part := range p {
		if i > 0 {
			s += "."
		}
		s += part.name
	}
	return s
}

// span is a piece of the statement's text.
type span struct{ start, end int }

// An expr is a parsed expression: one of the types below.
type expr interface{}

type (
	// exNumber, exString, ... are literals. A typed one has its type and the text between the quotes.
	exNumber struct {
		text string
		pos  pos
	}
	// exString becomes a CHAR of its length.
	exString struct {
		text string
		pos  pos
	}
	// exTyped has the type in front, as DATE '2024-06-18' does.
	exTyped struct {
		t     typ
		text  string
		value any // of an interval, which the parser has read already
		pos   pos
	}
	// exNull has no type until something around it has one.
	exNull struct{}
	// exBool is TRUE or FALSE; UNKNOWN is exNull.
	exBool    struct{ value bool }
	exDefault struct{ pos pos } // DEFAULT as a value of INSERT and UPDATE
	// exParam is a placeholder. Its type is settled by what it is compared with or assigned to.
	exParam struct {
		index int // from 0
		pos   pos
	}
	// exColumn is a column, an alias after LOCAL, or the pseudo column LEVEL.
	exColumn struct{ path path }
	exRow    struct { // (a, b) of IN and =
		items []expr
		pos   pos
	}
	// exUnary and exBinary are the operators. A chain of one operator is a tree that leans to the left; the binder
	// makes long ones flat.
	exUnary struct {
		op  string // "-", "+", "NOT"
		x   expr
		pos pos
	}
	exBinary struct {
		op   string
		x, y expr
		pos  pos
	}
	// exBetween and the next ones are predicates; not is written in front of the word, as in NOT BETWEEN.
	exBetween struct {
		x, low, high expr
		not          bool
		pos          pos
	}
	// exIn has either a list or a query. With a row on the left each item of the list is a row, too.
	exIn struct {
		x     expr
		list  []expr
		query *query
		not   bool
		pos   pos
	}
	// exLike is LIKE or REGEXP_LIKE. The escape character is the session's unless ESCAPE names one.
	exLike struct {
		x, pattern, escape expr
		regexp, not        bool
		pos                pos
	}
	exIsNull struct {
		x   expr
		not bool
	}
	exIsTruth struct { // IS TRUE, IS NOT FALSE, ...
		x     expr
		truth string // TRUE, FALSE, UNKNOWN
		not   bool
	}
	// exExists and exQuery are subqueries: whether there is a row, and the value of the only one.
	exExists struct{ query *query }
	exQuery  struct {
		query *query
		pos   pos
	}
	// exCase is both forms of CASE, and what DECODE and NULLIF become.
	exCase struct {
		operand expr // nil for a searched CASE
		when    []expr
		then    []expr
		other   expr
		pos     pos
	}
	// exCast is CAST(x AS t), and CONVERT(t, x).
	exCast struct {
		x   expr
		t   typ
		pos pos
	}
	// exCall is a function, an aggregate, a window function or a script: only the catalog tells them apart.
	exCall struct {
		name      string
		path      path // with a schema: a script
		quoted    bool
		args      []expr
		star      bool // COUNT(*)
		distinct  bool
		order     []orderItem // GROUP_CONCAT
		separator expr
		unit      string // EXTRACT
		over      *window
		pos       pos
	}
)

// window is what stands after OVER. The frame is kept as text, because SQLite has the same words for it.
type window struct {
	partition []expr
	order     []orderItem
	frame     string
}

// orderItem is one item of ORDER BY. Without NULLS FIRST or LAST the database puts NULL after all values, with DESC
// before them: NULL counts as the largest.
type orderItem struct {
	x          expr
	desc       bool
	nullsFirst bool // also the default of DESC
	pos        pos
}

// query is a SELECT with everything that may surround it.
type query struct {
	with   []cte
	body   queryBody
	order  []orderItem
	limit  expr
	offset expr
	pos    pos
}

// cte is an element of WITH. It may have names for its columns.
type cte struct {
	name    ident
	columns []ident
	query   *query
}

// A queryBody is a *selectBody, a *setBody, or a *query in parentheses.
type queryBody interface{}

// setBody is a set operation of two queries. MINUS is the database's second word for EXCEPT.
type setBody struct {
	op   string // UNION, UNION ALL, EXCEPT, INTERSECT
	x, y queryBody
	pos  pos
}

// selectBody is a SELECT without ORDER BY and LIMIT, which belong to the query around it.
type selectBody struct {
	distinct bool
	items    []selectItem
	from     []fromItem
	where    expr
	levels   *levels // CONNECT BY
	group    []expr
	grouped  bool // GROUP BY was given, even GROUP BY ()
	having   expr
	qualify  expr // filters by window functions, as HAVING does by aggregates
	pos      pos
}

// selectItem is an expression of a select list, or a star. The span is there because an expression without an alias is
// called by its own text.
type selectItem struct {
	x     expr
	alias *ident
	star  bool
	table path // of table.*
	span  span
	pos   pos
}

// fromItem is a table source and how it joins what stands before it.
type fromItem struct {
	join    string // "", ",", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "CROSS JOIN"
	on      expr
	using   []ident
	natural bool

	table   path
	query   *query
	between *betweenSource
	values  [][]expr
	nested  []fromItem // a join in parentheses
	alias   *ident
	columns []ident
	pos     pos
}

// betweenSource is VALUES BETWEEN low AND high [WITH STEP step], one row for each number.
type betweenSource struct{ low, high, step expr }
