package exasqlite

// ident is a name in an SQL text. Names are stored as the catalog spells them: upper case unless quoted.
type ident struct {
	name string
	pos  pos
}

// path is a name with its qualifiers: column, table.column, schema.table.column.
type path []ident

func (p path) last() ident { return p[len(p)-1] }

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
	exString struct {
		text string
		pos  pos
	}
	exTyped struct {
		t     typ
		text  string
		value any // of an interval, which the parser has read already
		pos   pos
	}
	exNull    struct{}
	exBool    struct{ value bool }
	exDefault struct{ pos pos } // DEFAULT as a value of INSERT and UPDATE
	exParam   struct {
		index int // from 0
		pos   pos
	}
	exColumn struct{ path path }
	exRow    struct { // (a, b) of IN and =
		items []expr
		pos   pos
	}
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
	exBetween struct {
		x, low, high expr
		not          bool
		pos          pos
	}
	exIn struct {
		x     expr
		list  []expr
		query *query
		not   bool
		pos   pos
	}
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
	exExists struct{ query *query }
	exQuery  struct {
		query *query
		pos   pos
	}
	exCase struct {
		operand expr // nil for a searched CASE
		when    []expr
		then    []expr
		other   expr
		pos     pos
	}
	exCast struct {
		x   expr
		t   typ
		pos pos
	}
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

type window struct {
	partition []expr
	order     []orderItem
	frame     string
}

type orderItem struct {
	x          expr
	desc       bool
	nullsFirst bool
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

type cte struct {
	name    ident
	columns []ident
	query   *query
}

// A queryBody is a *selectBody, a *setBody, or a *query in parentheses.
type queryBody interface{}

type setBody struct {
	op   string // UNION, UNION ALL, EXCEPT, INTERSECT
	x, y queryBody
	pos  pos
}

type selectBody struct {
	distinct bool
	items    []selectItem
	from     []fromItem
	where    expr
	levels   *levels // CONNECT BY
	group    []expr
	grouped  bool // GROUP BY was given, even GROUP BY ()
	having   expr
	qualify  expr
	pos      pos
}

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

type betweenSource struct{ low, high, step expr }
