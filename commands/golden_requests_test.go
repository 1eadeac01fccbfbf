package commands_test

import (
	"time"

	"github.com/exawire/exawire/commands"
)

// request is a command and the document that it must become.
type request struct {
	document string
	cmd      commands.Command
	attrs    []commands.Attribute
}

func attributes(a ...commands.Attribute) []commands.Attribute { return a }

var requests = []request{
	{"login.1", commands.Login{ProtocolVersion: commands.V5, Username: "SYS", Password: "secret"}, nil},
	{"login.1.v1", commands.Login{ProtocolVersion: commands.V1}, nil},
	{"loginToken.1", commands.LoginToken{ProtocolVersion: commands.Latest, AccessToken: "secret"}, nil},
	{"loginToken.1.v3", commands.LoginToken{ProtocolVersion: commands.V3}, nil},
	{"subLogin.1", commands.SubLogin{ProtocolVersion: commands.V5, Token: 1, SessionID: 2}, nil},
	{"subLogin.1.v1", commands.SubLogin{ProtocolVersion: commands.V1}, nil},
	{"subLoginToken.1", commands.SubLoginToken{ProtocolVersion: commands.V5, RefreshToken: "secret"}, nil},
	{"subLoginToken.1.v3", commands.SubLoginToken{ProtocolVersion: commands.V3}, nil},

	{"disconnect", commands.Disconnect{}, nil},
	{"abortQuery", commands.AbortQuery{}, nil},
	{"getAttributes", commands.GetAttributes{}, nil},
	{"setAttributes", commands.SetAttributes{}, attributes(commands.Autocommit(false))},
	{"setAttributes.all", commands.SetAttributes{}, attributes(
		commands.Autocommit(true), commands.CurrentSchema("MART"), commands.FeedbackInterval(10*time.Second), commands.NumericCharacters(".,"),
		commands.QueryTimeout(time.Minute), commands.ResultSetMaxRows(0), commands.SnapshotTransactions(true), commands.TimestampUTC(false),
	)},

	{"execute", commands.Execute{SQLText: "SELECT ID FROM BIG"}, nil},
	{
		"execute.attributes",
		commands.Execute{SQLText: "SELECT 1 AS ONE FROM DUAL"},
		attributes(commands.CurrentSchema("MART"), commands.ResultSetMaxRows(0)),
	},
	{"execute.text", commands.Execute{SQLText: "SELECT '<a href=\"x\">&amp;</a>',\n\t'Z\u00fcrich \u20ac',\r'C:\\' -- \U0001f600"}, nil},
	{"executeBatch", commands.ExecuteBatch{SQLTexts: []string{"INSERT INTO T VALUES (1)", "SELECT * FROM T", "COMMIT"}}, nil},
	{"executeBatch.attributes", commands.ExecuteBatch{SQLTexts: []string{"COMMIT"}}, attributes(commands.Autocommit(false))},
	{"executeBatch.empty", commands.ExecuteBatch{}, nil},

	{"createPreparedStatement", commands.CreatePreparedStatement{SQLText: "INSERT INTO T(ID,NAME,AMT) VALUES (?,?,?)"}, nil},
	{"createPreparedStatement.attributes", commands.CreatePreparedStatement{SQLText: "SELECT 1"}, attributes(commands.CurrentSchema(""))},
	{"executePreparedStatement", commands.ExecutePreparedStatement{
		Handle:  3,
		Columns: params(decimal(18, 0), varchar(100), decimal(12, 2)),
		NumRows: 2,
		Data:    [][]byte{[]byte(`1,2`), []byte(`"a",null`), []byte(`"10.50","0.01"`)},
	}, nil},
	{"executePreparedStatement.noparams", commands.ExecutePreparedStatement{}, nil},
	{"executePreparedStatement.attributes", commands.ExecutePreparedStatement{Handle: 5}, attributes(commands.QueryTimeout(time.Second))},
	{"executePreparedStatement.types.v4", commands.ExecutePreparedStatement{
		Handle: 9, Columns: params(allTypes(4)...), NumRows: 1, Data: allTypesData,
	}, nil},
	{"executePreparedStatement.types.v5", commands.ExecutePreparedStatement{
		Handle: 9, Columns: params(allTypes(5)...), NumRows: 1, Data: allTypesData,
	}, nil},
	{"closePreparedStatement", commands.ClosePreparedStatement{Handle: 3}, nil},
	{"closePreparedStatement.zero", commands.ClosePreparedStatement{}, nil},

	{"fetch", commands.Fetch{Handle: 7, NumBytes: commands.MaxFetchBytes}, nil},
	{"fetch.next", commands.Fetch{Handle: 0, StartPosition: 1<<53 + 1, NumBytes: 1}, nil},
	{"closeResultSet", commands.CloseResultSet{Handles: []int{4}}, nil},
	{"closeResultSet.several", commands.CloseResultSet{Handles: []int{0, 4, 7}}, nil},
	{"getResultSetHeader", commands.GetResultSetHeader{Handles: []int{4, 7}}, nil},
	{"getOffset", commands.GetOffset{Handle: 4}, nil},

	{"getHosts", commands.GetHosts{HostIP: "10.0.0.11"}, nil},
	{"enterParallel", commands.EnterParallel{HostIP: "10.0.0.11", NumRequestedConnections: 4}, nil},
	{"enterParallel.close", commands.EnterParallel{HostIP: "10.0.0.11"}, nil},
	{"requestParallelConnections", commands.RequestParallelConnections{NumRequestedConnections: 4}, nil},
	{"requestParallelConnections.close", commands.RequestParallelConnections{}, nil},

	{"getColumnPrivileges", commands.ColumnPrivilegesFilter{Schema: new("MART"), Table: new(`F\_%`), Column: new("ID")}, nil},
	{"getColumnPrivileges.all", commands.ColumnPrivilegesFilter{}, nil},
	{"getColumnPrivileges.nothing", commands.ColumnPrivilegesFilter{Schema: new("")}, nil},
	{"getColumns", commands.ColumnsFilter{
		Schema: new("MART"), Table: new(`F\_%`), Column: new("ID"), TableTypes: []string{"TABLE", "VIEW"},
	}, nil},
	{"getColumns.all", commands.ColumnsFilter{}, nil},
	{"getColumns.nothing", commands.ColumnsFilter{Schema: new("")}, nil},
	{"getConnections", commands.ConnectionsFilter{Name: new("FTP")}, nil},
	{"getConnections.all", commands.ConnectionsFilter{}, nil},
	{"getConnections.nothing", commands.ConnectionsFilter{Name: new("")}, nil},
	{"getFunctions", commands.FunctionsFilter{Schema: new("MART"), Function: new("F%")}, nil},
	{"getFunctions.all", commands.FunctionsFilter{}, nil},
	{"getFunctions.nothing", commands.FunctionsFilter{Schema: new("")}, nil},
	{"getKeywords", commands.GetKeywords{}, nil},
	{"getPrimaryKeys", commands.PrimaryKeysFilter{Schema: new("MART"), Table: new(`F\_%`)}, nil},
	{"getPrimaryKeys.all", commands.PrimaryKeysFilter{}, nil},
	{"getPrimaryKeys.nothing", commands.PrimaryKeysFilter{Schema: new("")}, nil},
	{"getProperties", commands.PropertiesFilter{Name: new("FTP")}, nil},
	{"getProperties.all", commands.PropertiesFilter{}, nil},
	{"getProperties.nothing", commands.PropertiesFilter{Name: new("")}, nil},
	{"getRoles", commands.RolesFilter{Name: new("FTP")}, nil},
	{"getRoles.all", commands.RolesFilter{}, nil},
	{"getRoles.nothing", commands.RolesFilter{Name: new("")}, nil},
	{"getSchemas", commands.SchemasFilter{Schema: new("MART")}, nil},
	{"getSchemas.all", commands.SchemasFilter{}, nil},
	{"getSchemas.nothing", commands.SchemasFilter{Schema: new("")}, nil},
	{"getScripts", commands.ScriptsFilter{Schema: new("MART"), Script: new("U")}, nil},
	{"getScripts.all", commands.ScriptsFilter{}, nil},
	{"getScripts.nothing", commands.ScriptsFilter{Schema: new("")}, nil},
	{"getTablePrivileges", commands.TablePrivilegesFilter{Schema: new("MART"), Table: new(`F\_%`)}, nil},
	{"getTablePrivileges.all", commands.TablePrivilegesFilter{}, nil},
	{"getTablePrivileges.nothing", commands.TablePrivilegesFilter{Schema: new("")}, nil},
	{"getTables", commands.TablesFilter{Schema: new("MART"), Table: new(`F\_%`), TableTypes: []string{"TABLE", "VIEW"}}, nil},
	{"getTables.all", commands.TablesFilter{}, nil},
	{"getTables.nothing", commands.TablesFilter{Schema: new("")}, nil},
	{
		"getTables.attributes",
		commands.TablesFilter{TableTypes: []string{"SYSTEM TABLE"}},
		attributes(commands.SnapshotTransactions(false)),
	},
	{"getTableTypes", commands.GetTableTypes{}, nil},
	{"getTypeInfo", commands.GetTypeInfo{}, nil},
	{"getUsers", commands.UsersFilter{Name: new("FTP")}, nil},
	{"getUsers.all", commands.UsersFilter{}, nil},
	{"getUsers.nothing", commands.UsersFilter{Name: new("")}, nil},
}

func decimal(precision, scale int) commands.DataType {
	return commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}
}

func varchar(size int) commands.DataType {
	return commands.DataType{Type: commands.Varchar, Size: &size, CharacterSet: "UTF8"}
}

func params(types ...commands.DataType) []commands.ColumnInfo {
	columns := make([]commands.ColumnInfo, len(types))
	for i, t := range types {
		columns[i].DataType = t
	}
	return columns
}

// allTypes returns the twelve types as a server describes them in this version of the protocol.
func allTypes(version int) []commands.DataType {
	date := commands.DataType{Type: commands.Date}
	interval := commands.DataType{Type: commands.IntervalDayToSecond, Precision: new(2), Fraction: new(0)}
	months := commands.DataType{Type: commands.IntervalYearToMonth, Precision: new(2)}
	timestamp := commands.DataType{Type: commands.Timestamp, WithLocalTimeZone: new(false), Precision: new(0)}
	local := commands.DataType{Type: commands.TimestampLTZ, WithLocalTimeZone: new(true), Precision: new(9)}
	if version < 5 {
		date.Size, interval.Size, months.Size = new(4), new(16), new(8)
		timestamp.Size, timestamp.Precision = new(16), nil
		local.Size, local.Precision = new(16), nil
	}
	return []commands.DataType{
		{Type: commands.Boolean},
		{Type: commands.Char, Size: new(4), CharacterSet: "ASCII"},
		varchar(255),
		date,
		decimal(12, 0),
		{Type: commands.Double},
		{Type: commands.Geometry, Size: new(8000000), SRID: new(0)},
		{Type: commands.Hashtype, Size: new(32)},
		interval, months, timestamp, local,
	}
}

var allTypesData = [][]byte{
	[]byte(`true`), []byte(`"ab  "`), []byte(`"<&>"`), []byte(`"1999-12-31"`), []byte(`-7`), []byte(`1.0`), []byte(`"POINT (1 2)"`),
	[]byte(`"00112233445566778899aabbccddeeff"`), []byte(`"+02 12:50:10"`), []byte(`"-00-11"`), []byte(`"1999-12-31 23:59:59.000000"`), []byte(`null`),
}
