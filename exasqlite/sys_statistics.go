package exasqlite

import (
	"cmp"
	"slices"
)

// System tables without rows. Clients join them or look whether they are there; a made-up size would be worse than
// none.

// sizesTables are tables of SYS with their columns. They have no rows either: nothing is measured.
var sizesTables = map[string]string{"EXA_ALL_OBJECT_SIZES": objectSizes, "EXA_DBA_OBJECT_SIZES": objectSizes, "EXA_USER_OBJECT_SIZES": objectSizes}

// statisticsTables are tables of EXA_STATISTICS with their columns. They have no rows: nothing is measured.
var statisticsTables = map[string]string{
	"EXA_USAGE_LAST_DAY": "CLUSTER_NAME:s MEASURE_TIME:c USERS:n QUERIES:n",
	"EXA_DB_SIZE_LAST_DAY": "CLUSTER_NAME:s MEASURE_TIME:c RAW_OBJECT_SIZE:n MEM_OBJECT_SIZE:n AUXILIARY_SIZE:n STATISTICS_SIZE:n " +
		"RECOMMENDED_DB_RAM_SIZE:n STORAGE_SIZE:n USE:n TEMP_SIZE:n OBJECT_COUNT:n",
	"EXA_USER_SESSIONS_LAST_DAY": sessionsLastDay,
	"EXA_DBA_SESSIONS_LAST_DAY":  sessionsLastDay,
}

const objectSizes = "OBJECT_NAME:s OBJECT_TYPE:s RAW_OBJECT_SIZE:n MEM_OBJECT_SIZE:n RAW_OBJECT_SIZE_LIMIT:n CREATED:c LAST_COMMIT:c OWNER:s " +
	"OBJECT_ID:n OBJECT_IS_VIRTUAL:b ROOT_NAME:s ROOT_TYPE:s ROOT_ID:n"

const sessionsLastDay = "SESSION_ID:i LOGIN_TIME:c LOGOUT_TIME:c USER_NAME:s CLIENT:s DRIVER:s ENCRYPTED:b HOST:s OS_USER:s OS_NAME:s " +
	"SUCCESS:b ERROR_CODE:s ERROR_TEXT:t CLUSTER_NAME:s"

func init() {
	for _, tables := range []map[string]string{sizesTables, statisticsTables} {
		for name, columns := range tables {
			systemTables[name] = func(*binder) *relationData { return &relationData{cols: columnsOf(columns)} }
		}
	}
}

// systemSchema is the schema that a table of the system is in.
func systemSchema(table string) string {
	if _, ok := statisticsTables[table]; ok {
		return "EXA_STATISTICS"
	}
	return "SYS"
}

// sortedSystemTables returns the names of the tables of the system by schema and name.
func sortedSystemTables() []string {
	names := sortedKeys(systemTables)
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(systemSchema(a), systemSchema(b)) })
	return names
}
