package main

// command is one row of the protocol table: everything about a command that is regular.
type command struct {
	name       string
	since      int
	deprecated int
	replacedBy string
	family     string // suffix of the commands.Family constant
	answer     bool
	abortable  bool // whether abortQuery is worth sending; only for commands that run something on the server
	method     string
	doc        string
	errors     string // what can go wrong besides the errors that every command shares, for docs/commands.md
}

// table holds the 35 commands in the order of the protocol documents.
var table = []command{
	{"login", 1, 0, "", "Login", true, false, "Login", "log in with user name and RSA-encrypted password", "`*Error` 08004, or 42000 for an unknown schema"},
	{"loginToken", 3, 0, "", "Login", true, false, "LoginToken", "log in with an OpenID access or refresh token, TLS only", "`*Error` 08004, `ErrPlaintext`"},
	{"subLogin", 1, 0, "", "Login", true, false, "SubLogin", "log in to a subconnection with user name and password", "`*Error` 08004"},
	{"subLoginToken", 3, 0, "", "Login", true, false, "SubLoginToken", "log in to a subconnection with a token, TLS only", "`*Error` 08004, `ErrPlaintext`"},
	{"disconnect", 1, 0, "", "Session", true, false, "Disconnect", "end the session on the server; an open transaction is rolled back", ""},
	{"execute", 1, 0, "", "Statement", true, true, "Execute", "run one statement", "`*Error` such as 42000, `ErrQueryTimeout`, `ErrQueryAborted`"},
	{"executeBatch", 1, 0, "", "Statement", true, true, "ExecuteBatch", "run several statements one after the other", "`*Error` of the first statement that fails, `ErrQueryTimeout`, `ErrQueryAborted`"},
	{"createPreparedStatement", 1, 0, "", "Prepared", true, true, "CreatePreparedStatement", "prepare one statement and describe its parameters", "`*Error` such as 42000, `ErrQueryAborted`"},
	{"executePreparedStatement", 1, 0, "", "Prepared", true, true, "ExecutePreparedStatement", "run a prepared statement with columns of parameters", "`*ParamError`; `*Error` such as 27001, or for an unknown handle; `ErrQueryTimeout`, `ErrQueryAborted`"},
	{"closePreparedStatement", 1, 0, "", "Prepared", true, false, "ClosePreparedStatement", "forget a prepared statement", "`*Error` for an unknown handle"},
	{"fetch", 1, 0, "", "ResultSet", true, false, "Fetch", "read rows of an open result set from any position", "`*Error` for an unknown handle"},
	{"closeResultSet", 1, 0, "", "ResultSet", true, false, "CloseResultSet", "close result sets", "`*Error` for an unknown handle"},
	{"getResultSetHeader", 1, 0, "", "ResultSet", true, false, "GetResultSetHeader", "describe open result sets", "`*Error` for an unknown handle"},
	{"getOffset", 1, 0, "", "ResultSet", true, false, "GetOffset", "position of a subconnection's first row in the whole result set", "`*Error` for an unknown handle"},
	{"getAttributes", 1, 0, "", "Session", true, false, "GetAttributes", "read all session attributes", ""},
	{"setAttributes", 1, 0, "", "Session", true, false, "SetAttributes", "change session attributes", "`*Error` 42000 for an unknown schema"},
	{"getHosts", 1, 0, "", "Cluster", true, false, "GetHosts", "list the addresses of the cluster's nodes", ""},
	{"enterParallel", 1, 4, "requestParallelConnections", "Cluster", true, false, "EnterParallel", "open ports for subconnections", "`*Error` while autocommit is on"},
	{"requestParallelConnections", 4, 0, "", "Cluster", true, false, "RequestParallelConnections", "announce subconnections on the database port", "`*Error` while autocommit is on"},
	{"abortQuery", 1, 0, "", "Session", false, false, "AbortQuery", "abort the running command; never answered", "`ErrNothingToAbort`"},
	{"getColumnPrivileges", 2, 0, "", "Metadata", true, true, "GetColumnPrivileges", "list privileges on columns", "`ErrQueryAborted`"},
	{"getColumns", 2, 0, "", "Metadata", true, true, "GetColumns", "list columns of tables and views", "`ErrQueryAborted`"},
	{"getConnections", 2, 0, "", "Metadata", true, true, "GetConnections", "list connection objects", "`ErrQueryAborted`"},
	{"getFunctions", 2, 0, "", "Metadata", true, true, "GetFunctions", "list functions", "`ErrQueryAborted`"},
	{"getKeywords", 2, 0, "", "Metadata", true, true, "GetKeywords", "list SQL keywords", "`ErrQueryAborted`"},
	{"getPrimaryKeys", 2, 0, "", "Metadata", true, true, "GetPrimaryKeys", "list columns of primary keys", "`ErrQueryAborted`"},
	{"getProperties", 2, 0, "", "Metadata", true, true, "GetProperties", "list database properties", "`ErrQueryAborted`"},
	{"getRoles", 2, 0, "", "Metadata", true, true, "GetRoles", "list roles", "`ErrQueryAborted`"},
	{"getSchemas", 2, 0, "", "Metadata", true, true, "GetSchemas", "list schemas", "`ErrQueryAborted`"},
	{"getScripts", 2, 0, "", "Metadata", true, true, "GetScripts", "list scripts", "`ErrQueryAborted`"},
	{"getTablePrivileges", 2, 0, "", "Metadata", true, true, "GetTablePrivileges", "list privileges on tables and views", "`ErrQueryAborted`"},
	{"getTables", 2, 0, "", "Metadata", true, true, "GetTables", "list tables and views", "`ErrQueryAborted`"},
	{"getTableTypes", 2, 0, "", "Metadata", true, true, "GetTableTypes", "list the kinds of tables", "`ErrQueryAborted`"},
	{"getTypeInfo", 2, 0, "", "Metadata", true, true, "GetTypeInfo", "describe the data types", "`ErrQueryAborted`"},
	{"getUsers", 2, 0, "", "Metadata", true, true, "GetUsers", "list users", "`ErrQueryAborted`"},
}

// attribute is one row of the table of session attributes.
type attribute struct {
	json     string
	name     string // Go name of field and constructor
	kind     string // bool, string, int or seconds
	writable bool
	since    int
	initial  string // Go literal: what a server answers before anybody changed it
	doc      string
}

var attributes = []attribute{
	{"autocommit", "Autocommit", "bool", true, 1, "true", "whether each statement commits by itself"},
	{"compressionEnabled", "CompressionEnabled", "bool", false, 1, "false", "whether messages are compressed"},
	{"currentSchema", "CurrentSchema", "string", true, 1, `""`, "the open schema as it is stored, \"\" for none"},
	{"dateFormat", "DateFormat", "string", false, 1, `"YYYY-MM-DD"`, "the text form of DATE on the wire (NLS_DATE_FORMAT)"},
	{"dateLanguage", "DateLanguage", "string", false, 1, `"ENG"`, "the language of names in dates (NLS_DATE_LANGUAGE)"},
	{"datetimeFormat", "DatetimeFormat", "string", false, 1, `"YYYY-MM-DD HH24:MI:SS.FF6"`, "the text form of TIMESTAMP on the wire (NLS_TIMESTAMP_FORMAT)"},
	{"defaultLikeEscapeCharacter", "DefaultLikeEscapeCharacter", "string", false, 1, `"\\"`, "the character that escapes % and _ in LIKE patterns"},
	{"feedbackInterval", "FeedbackInterval", "seconds", true, 1, "time.Second", "time between two feedback messages while a statement runs, in whole seconds"},
	{"numericCharacters", "NumericCharacters", "string", true, 1, `".,"`, "decimal and group separator (NLS_NUMERIC_CHARACTERS)"},
	{"openTransaction", "OpenTransaction", "bool", false, 1, "false", "whether a transaction is open, as last reported; a hint only"},
	{"queryTimeout", "QueryTimeout", "seconds", true, 1, "0", "time after which the server ends a statement with R0001, in whole seconds, 0 for never"},
	{"resultSetMaxRows", "ResultSetMaxRows", "int", true, 2, "0", "number of rows after which the server cuts a result set off, 0 for no limit"},
	{"snapshotTransactionsEnabled", "SnapshotTransactions", "bool", true, 1, "false", "whether reading happens in snapshot mode"},
	{"timestampUtcEnabled", "TimestampUTC", "bool", true, 1, "false", "whether timestamps are converted to UTC"},
	{"timezone", "Timezone", "string", false, 1, `"UNIVERSAL"`, "the zone of TIMESTAMP WITH LOCAL TIME ZONE values (TIME_ZONE)"},
	{"timeZoneBehavior", "TimeZoneBehavior", "string", false, 1, `"INVALID SHIFT AMBIGUOUS ST"`, "how ambiguous and invalid local times are resolved"},
}

// metadata is one row of the table of metadata commands: its filters and the columns of its result.
type metadata struct {
	command string
	row     string // Go name of the row struct
	filters []filter
	columns []column
	order   string
}

type filter struct {
	json string
	name string
	kind string // exact, like or list
	doc  string
}

// column kinds: s string, n int64, b bool; a trailing ? marks columns that can be NULL and become pointers.
type column struct {
	sql  string
	name string
	kind string
	doc  string
}

var (
	fSchemaLike  = filter{"schema", "Schema", "like", "schema"}
	fTableLike   = filter{"table", "Table", "like", "table or view"}
	fSchemaExact = filter{"schema", "Schema", "exact", "schema"}
	fTableExact  = filter{"table", "Table", "exact", "table or view"}
	fTableTypes  = filter{"tableTypes", "TableTypes", "list", "\"TABLE\", \"VIEW\", \"SYSTEM TABLE\""}

	cSchema  = column{"SCHEMA", "Schema", "s", "schema of the object"}
	cOwner   = column{"OWNER", "Owner", "s?", "owner of the object"}
	cComment = column{"COMMENT", "Comment", "s?", "comment on the object"}
	cGrantor = column{"GRANTOR", "Grantor", "s?", "who granted it"}
	cGrantee = column{"GRANTEE", "Grantee", "s?", "who has it"}
	cCreated = column{"CREATED", "Created", "s?", "when it was created, in the session's timestamp format"}
	cGroup   = column{"CONSUMER_GROUP", "ConsumerGroup", "s?", "consumer group"}
	cIndex   = column{"ORDINAL_POSITION", "OrdinalPosition", "n", "position, from 1"}
)

// name is the column with the name of what a command lists.
func name(what string) column { return column{"NAME", "Name", "s", "name of the " + what} }

// exactName is the filter for that column.
func exactName(what string) filter { return filter{"name", "Name", "exact", what} }

var metadataTable = []metadata{
	{
		"getColumnPrivileges", "ColumnPrivilege",
		[]filter{fSchemaExact, fTableExact, {"column", "Column", "like", "column"}},
		[]column{cSchema, {"TABLE", "Table", "s", "table of the column"}, {"COLUMN", "Column", "s", "name of the column"}, {"NAME", "Name", "s", "privilege, such as SELECT"}, cGrantor, cGrantee, cOwner},
		"COLUMN, NAME, GRANTOR, GRANTEE",
	},
	{
		"getColumns", "TableColumn",
		[]filter{fSchemaLike, fTableLike, {"column", "Column", "like", "column"}, fTableTypes},
		[]column{
			cSchema,
			{"TABLE", "Table", "s", "table of the column"},
			name("column"),
			{"TABLE_TYPE", "TableType", "s", "kind of the table"},
			{"TYPE", "Type", "s", "SQL type, such as DECIMAL(18,0)"},
			{"TYPE_ID", "TypeID", "n", "number of the type"},
			{"MAXSIZE", "MaxSize", "n?", "size in characters"},
			{"NUM_PREC", "Precision", "n?", "digits of a number"},
			{"NUM_SCALE", "Scale", "n?", "digits after the point"},
			cIndex,
			{"IS_VIRTUAL", "IsVirtual", "b?", "whether the table is virtual"},
			{"IS_NULLABLE", "IsNullable", "b?", "whether NULL is allowed; unknown for views"},
			{"IS_DISTRIBUTION_KEY", "IsDistributionKey", "b?", "whether the column is part of the distribution key"},
			{"PARTITION_KEY_ORDINAL_POSITION", "PartitionKeyOrdinalPosition", "n?", "position in the partition key, if part of it"},
			{"DEFAULT", "Default", "s?", "default expression"},
			{"IS_IDENTITY", "IsIdentity", "b?", "whether the column is an identity column"},
			cOwner, cComment,
		},
		"SCHEMA, TABLE, ORDINAL_POSITION",
	},
	{"getConnections", "Connection", []filter{exactName("connection")}, []column{name("connection"), cCreated, cComment}, "NAME"},
	{"getFunctions", "Function", []filter{fSchemaLike, {"function", "Function", "like", "function"}}, []column{cSchema, name("function"), cOwner, cComment}, "SCHEMA, NAME"},
	{"getKeywords", "Keyword", nil, []column{{"KEYWORD", "Keyword", "s", "keyword"}, {"RESERVED", "Reserved", "b", "whether it must be quoted to be an identifier"}}, "KEYWORD"},
	{
		"getPrimaryKeys", "PrimaryKey",
		[]filter{fSchemaExact, fTableExact},
		[]column{cSchema, {"TABLE", "Table", "s", "table of the key"}, {"NAME", "Name", "s?", "name of the constraint"}, cOwner, cIndex, {"COLUMN_NAME", "ColumnName", "s", "name of the column"}},
		"COLUMN_NAME",
	},
	{"getProperties", "Property", []filter{exactName("property")}, []column{name("property"), {"VALUE", "Value", "s?", "value of the property"}}, "NAME"},
	{"getRoles", "Role", []filter{exactName("role")}, []column{name("role"), cCreated, cGroup, cComment}, "NAME"},
	{"getSchemas", "Schema", []filter{fSchemaLike}, []column{name("schema"), cOwner, {"IS_VIRTUAL", "IsVirtual", "b?", "whether the schema is virtual"}, cComment}, "NAME"},
	{
		"getScripts", "Script",
		[]filter{fSchemaLike, {"script", "Script", "like", "script"}},
		[]column{
			cSchema, name("script"), cOwner,
			{"TYPE", "Type", "s?", "PROCEDURE, ADAPTER or UDF"},
			{"LANGUAGE", "Language", "s?", "script language"},
			{"INPUT_TYPE", "InputType", "s?", "SCALAR or SET"},
			{"RESULT_TYPE", "ResultType", "s?", "ROWCOUNT, TABLE, RETURNS or EMITS"},
			cComment,
		},
		"SCHEMA, NAME",
	},
	{
		"getTablePrivileges", "TablePrivilege",
		[]filter{fSchemaLike, fTableLike},
		[]column{cSchema, {"TABLE", "Table", "s", "table or view"}, {"NAME", "Name", "s", "privilege, such as SELECT"}, cGrantor, cGrantee, cOwner},
		"SCHEMA, TABLE, NAME, GRANTOR, GRANTEE",
	},
	{
		"getTables", "Table",
		[]filter{fSchemaLike, fTableLike, fTableTypes},
		[]column{
			cSchema, name("table or view"), cOwner,
			{"TABLE_TYPE", "TableType", "s", "kind of the table"},
			{"IS_VIRTUAL", "IsVirtual", "b?", "whether the table is virtual"},
			{"HAS_DISTRIBUTION_KEY", "HasDistributionKey", "b?", "whether it has a distribution key"},
			{"HAS_PARTITION_KEY", "HasPartitionKey", "b?", "whether it has a partition key"},
			cComment,
		},
		"TABLE_TYPE, SCHEMA, NAME",
	},
	{"getTableTypes", "TableType", nil, []column{{"TABLE_TYPE", "TableType", "s", "kind of table"}}, "TABLE_TYPE"},
	{
		"getTypeInfo", "TypeInfo", nil,
		[]column{
			name("type"),
			{"TYPE_ID", "TypeID", "n", "number of the type"},
			{"PRECISION", "Precision", "n?", "largest precision"},
			{"LITERAL_PREFIX", "LiteralPrefix", "s?", "what a literal begins with"},
			{"LITERAL_SUFFIX", "LiteralSuffix", "s?", "what a literal ends with"},
			{"CREATE_PARAMS", "CreateParams", "s?", "parameters of the type"},
			{"IS_NULLABLE", "IsNullable", "b?", "whether NULL is allowed"},
			{"CASE_SENSITIVE", "CaseSensitive", "b?", "whether comparisons see case"},
			{"SEARCHABLE", "Searchable", "n?", "0 no, 1 LIKE only, 2 all but LIKE, 3 any predicate"},
			{"UNSIGNED_ATTRIBUTE", "Unsigned", "b?", "whether the type has no sign"},
			{"FIXED_PREC_SCALE", "FixedPrecScale", "b?", "whether precision and scale are fixed"},
			{"AUTO_INCREMENT", "AutoIncrement", "b?", "whether values can be generated"},
			{"LOCAL_TYPE_NAME", "LocalTypeName", "s?", "localised name"},
			{"MINIMUM_SCALE", "MinimumScale", "n?", "smallest scale"},
			{"MAXIMUM_SCALE", "MaximumScale", "n?", "largest scale"},
			{"SQL_DATA_TYPE", "SQLDataType", "n?", "SQL data type number"},
			{"SQL_DATETIME_SUB", "SQLDatetimeSub", "n?", "SQL datetime subcode"},
			{"NUM_PREC_RADIX", "NumPrecRadix", "n?", "radix of the precision"},
			{"INTERVAL_PRECISION", "IntervalPrecision", "n?", "precision of intervals"},
		},
		"TYPE_ID",
	},
	{"getUsers", "User", []filter{exactName("user")}, []column{name("user"), cCreated, cGroup, cComment}, "NAME"},
}
