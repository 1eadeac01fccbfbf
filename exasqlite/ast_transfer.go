package exasqlite

// The tree of IMPORT and EXPORT. The options of both are in one type: most of them mean the same in both directions.

// stImport is IMPORT INTO a table FROM CSV.
type stImport struct {
	table   path
	columns []ident // nil for all
	files   []transferFile
	csv     csvOptions
	reject  rejectClause
	pos     pos // of the table
}

// stExport is EXPORT of a table or a query INTO CSV.
type stExport struct {
	query *query
	files []transferFile
	csv   csvOptions
}

// transferFile is a FILE with the address that it belongs to.
type transferFile struct {
	address   string
	publicKey string // of PUBLIC KEY
	name      string
	columns   []csvColumn // nil for all fields as they are
	pos       pos
}

// csvColumn is an element of the list of columns that may follow a FILE.
type csvColumn struct {
	from, to int    // counted from 1
	format   string // of dates, times or numbers; "" for that of the session
	delimit  string // of EXPORT: "", AUTO, ALWAYS, NEVER
	pos      pos
}

// csvOptions are the file options. What a statement leaves out has its default.
type csvOptions struct {
	encoding  *encoding
	rowEnd    string
	separator string
	delimiter string // "" for none
	null      string // besides the empty field; "" for nothing
	nullGiven bool

	// Of IMPORT.
	skip                int
	trimLeft, trimRight bool

	// Of EXPORT.
	yes, no string // of BOOLEAN
	delimit string // AUTO, ALWAYS, NEVER
	names   bool   // WITH COLUMN NAMES
}

// rejectClause is ERRORS INTO and REJECT LIMIT. Without them the first faulty row is an error.
type rejectClause struct {
	into    path
	tag     expr // nil for none
	replace bool // the table is made anew
	empty   bool // its rows are deleted
	limit   int  // -1 for any number
	pos     pos
}
