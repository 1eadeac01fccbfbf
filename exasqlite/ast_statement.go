package exasqlite

// A statement is one of the types below or a *query.
type statement interface{}

type (
	stInsert struct {
		table   path
		columns []ident
		rows    [][]expr // nil with query, empty for DEFAULT VALUES
		query   *query
		pos     pos
	}
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
	stMerge struct {
		table   path
		alias   *ident
		source  fromItem
		on      expr
		matched *mergeMatched
		insert  *mergeInsert
	}
	stTruncate     struct{ table path }
	stCreateSchema struct {
		name        ident
		ifNotExists bool
		comment     *string
	}
	stDropSchema struct {
		name     ident
		ifExists bool
		cascade  bool
	}
	stOpenSchema struct {
		name    ident
		anyCase bool // in upper case if there is no such name
	}
	stCloseSchema struct{}
	stCreateTable struct {
		table                path
		replace, ifNotExists bool
		columns              []columnDef
		keys                 tableKeys
		like                 path
		including            map[string]bool // of LIKE: DEFAULTS, IDENTITY, COMMENTS
		as                   *query
		names                []ident
		withData             bool
		comment              *string
	}
	stCreateView struct {
		view    path
		replace bool
		columns []ident
		text    string // of the query
		source  string // of the whole statement
		query   *query
		comment *string
	}
	stDropTable struct {
		table    path
		view     bool
		ifExists bool
		cascade  bool // CASCADE CONSTRAINTS
	}
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
	stRename struct {
		object string // SCHEMA, TABLE, VIEW, SCRIPT
		path   path
		to     ident
	}
	stComment struct {
		on      string // TABLE, VIEW, COLUMN, SCHEMA, SCRIPT
		path    path
		comment *string
		columns map[string]*string
		order   []ident
	}
	stAlterSession struct {
		name  ident
		value string
		pos   pos
	}
	stCommit   struct{}
	stRollback struct{}
	stNothing  struct{} // only comments, or what has no effect here
	stKill     struct {
		session   uint64
		own       bool   // CURRENT_SESSION
		statement *int64 // of KILL STATEMENT, 0 for the one that runs
		message   string
		pos       pos
	}
	stImpersonate  struct{ user ident }
	stCreateScript struct {
		path    path
		replace bool
		script  script
	}
	stDropScript struct {
		script   path
		ifExists bool
	}
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

type assignment struct {
	column ident
	x      expr
}

type columnDef struct {
	name       ident
	t          typ
	notNull    bool
	nullable   bool // NULL was given
	primary    bool
	keyName    string
	references *keyDef
	identity   bool
	start      int64
	defaulted  string // source text of the default
	defExpr    expr
	comment    *string
	pos        pos
}
