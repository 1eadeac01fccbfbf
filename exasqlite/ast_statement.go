package exasqlite

// The tree of statements. One node type for each statement, so that a statement that is refused has none.

// A statement is one of the types below or a *query.
type statement interface{}

type (
	// stInsert is an INSERT of rows or of a query.
	stInsert struct {
		table   path
		columns []ident
		rows    [][]expr // nil with query, empty for DEFAULT VALUES
		query   *query
		pos     pos
	}
	// stUpdate and stDelete name one table. The database's UPDATE with FROM is refused by the parser.
	stUpdate struct {
		table path
		alias *ident
		set   []assignment
		where expr
	}
	stDelete struct {
		table path
		alias *ident
		where expr
	}
	// stMerge has at most one WHEN MATCHED and one WHEN NOT MATCHED, as in the database.
	stMerge struct {
		table   path
		alias   *ident
		source  fromItem
		on      expr
		matched *mergeMatched
		insert  *mergeInsert
	}
	// stTruncate differs from a DELETE of all rows in the word alone: it counts them and can be rolled back.
	stTruncate struct{ table path }
	// stCreateSchema also opens what it makes.
	stCreateSchema struct {
		name        ident
		ifNotExists bool
		comment     *string
	}
	// stDropSchema refuses a schema that has objects, unless cascade is set.
	stDropSchema struct {
		name     ident
		ifExists bool
		cascade  bool
	}
	// stOpenSchema is OPEN SCHEMA, and the attribute currentSchema of a client.
	stOpenSchema struct {
		name    ident
		anyCase bool // in upper case if there is no such name
	}
	// stCloseSchema leaves no schema open. Names without one are not found then.
	stCloseSchema struct{}
	// stCreateTable takes its columns from a list, from another table or from a query.
	stCreateTable struct {
		table                path
		replace, ifNotExists bool
		columns              []columnDef // of a list
		keys                 tableKeys
		like                 path            // the other table
		including            map[string]bool // of LIKE: DEFAULTS, IDENTITY, COMMENTS
		as                   *query          // the query
		names                []ident         // of the query's columns, if they are given
		withData             bool            // false for AS ... WITH NO DATA
		comment              *string
	}
	// stCreateView keeps two texts: the query is parsed again whenever the view is read, the statement is shown by
	// EXA_ALL_VIEWS.
	stCreateView struct {
		view    path
		replace bool
		columns []ident
		text    string // of the query
		source  string // of the whole statement
		query   *query
		comment *string
	}
	// stDropTable is DROP TABLE or DROP VIEW.
	stDropTable struct {
		table    path
		view     bool
		ifExists bool
		cascade  bool // CASCADE CONSTRAINTS
	}
	// stAlterTable is one action; the database has one a statement, too.
	stAlterTable struct {
		table    path
		action   string // ADD, MODIFY, DROP, RENAME, DEFAULT, IDENTITY, DISTRIBUTE, ...
		columns  []columnDef
		name, to ident
		keys     tableKeys
		ifExists bool // of ADD: IF NOT EXISTS
		cascade  bool
		pos      pos
	}
	// stRename gives an object another name in the same schema.
	stRename struct {
		object string // SCHEMA, TABLE, VIEW, SCRIPT
		path   path
		to     ident
	}
	// stComment is both forms of COMMENT ON: of one object, or of a table with a list of its columns.
	stComment struct {
		on      string // TABLE, VIEW, COLUMN, SCHEMA, SCRIPT
		path    path
		comment *string
		columns map[string]*string // of the list
		order   []ident            // of the list, so that the first mistake is the one that is told
	}
	// stAlterSession sets one parameter; the value is text, whatever it was written as.
	stAlterSession struct {
		name  ident
		value string
		pos   pos
	}
	// stCommit and stRollback end the transaction, whatever autocommit says.
	stCommit   struct{}
	stRollback struct{}
	stNothing  struct{} // only comments, or what has no effect here
	// stKill is KILL SESSION, and KILL STATEMENT if statement is set.
	stKill struct {
		session   uint64
		own       bool   // CURRENT_SESSION
		statement *int64 // of KILL STATEMENT, 0 for the one that runs
		message   string
		pos       pos
	}
	// stImpersonate makes the session act as another user.
	stImpersonate struct{ user ident }
	// stCreateScript keeps a script, which nothing here will run.
	stCreateScript struct {
		path    path
		replace bool
		script  script
	}
	// stDropScript works on scripts of every type: the database has one statement for all.
	stDropScript struct {
		script   path
		ifExists bool
	}
	// stExecuteScript always ends in an error; that of a script that exists names it.
	stExecuteScript struct{ script path }
)

// mergeMatched is WHEN MATCHED: an UPDATE, or DELETE.
type mergeMatched struct {
	set    []assignment
	delete bool
	where  expr
	pos    pos
}

// mergeInsert is WHEN NOT MATCHED.
type mergeInsert struct {
	columns []ident
	values  []expr
	where   expr
	pos     pos
}

// assignment is an item of SET.
type assignment struct {
	column ident
	x      expr
}

// columnDef is a column as CREATE TABLE and ALTER TABLE define it. What ALTER TABLE MODIFY leaves out has to stay as it
// was, so it matters whether something was said at all.
type columnDef struct {
	name       ident
	t          typ
	notNull    bool // NOT NULL was given, and not disabled
	nullable   bool // NULL was given
	primary    bool
	keyName    string // of CONSTRAINT name PRIMARY KEY
	references *keyDef
	identity   bool
	start      int64  // of the identity
	defaulted  string // source text of the default
	defExpr    expr   // the default, parsed
	comment    *string
	pos        pos
}
