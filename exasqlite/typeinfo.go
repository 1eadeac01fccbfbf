package exasqlite

// What the catalog says of types. The numbers are those of ODBC and JDBC, with a few of the database's own for types
// that they do not know.

// catalogNumbers are the columns TYPE_ID, MAXSIZE, NUM_PREC and NUM_SCALE of getColumns; nil is NULL.
func (t typ) catalogNumbers() (id int, size, prec, scale any) {
	switch t.kind {
	case kindBoolean:
		return 16, 1, nil, nil
	case kindChar:
		return 1, t.p, nil, nil
	case kindVarchar:
		return 12, t.p, nil, nil
	case kindDate:
		return 91, 10, nil, nil
	case kindDecimal:
		return 3, t.p, t.p, t.s
	case kindDouble:
		return 8, 64, 64, nil
	case kindGeometry:
		return 123, maxVarchar, t.p, nil
	case kindHash:
		return 126, t.p, nil, nil
	case kindDaySecond:
		return -104, 29, t.p, t.s
	case kindYearMonth:
		return -103, 13, t.p, nil
	case kindTimestamp:
		return 93, 29, t.p, nil
	case kindTimestampLTZ:
		return 124, 29, t.p, nil
	}
	return 0, nil, nil, nil
}

// addTypeInfo adds the rows of getTypeInfo, by TYPE_ID.
func addTypeInfo(r *relationData) {
	const (
		never = 0
		any3  = 3
	)
	type info struct {
		name           string
		id, precision  int
		prefix, suffix string
		params         string
		text           bool
		searchable     int
		fixed          any
		low, high      any
		radix          any
	}
	for _, t := range []info{
		{"INTERVAL DAY TO SECOND", -104, 29, "INTERVAL '", "' DAY TO SECOND", "precision,fraction", false, any3, false, 0, 9, nil},
		{"INTERVAL YEAR TO MONTH", -103, 13, "INTERVAL '", "' YEAR TO MONTH", "precision", false, any3, false, nil, nil, nil},
		{"TINYINT", -6, 3, "", "", "", false, any3, true, 0, 0, 10},
		{"BIGINT", -5, 36, "", "", "", false, any3, true, 0, 0, 10},
		{"LONG VARCHAR", -1, maxVarchar, "'", "'", "", true, any3, false, nil, nil, nil},
		{"CHAR", 1, maxChar, "'", "'", "length", true, any3, false, nil, nil, nil},
		{"DECIMAL", 3, 36, "", "", "precision,scale", false, any3, true, 0, 36, 10},
		{"INTEGER", 4, 18, "", "", "", false, any3, true, 0, 0, 10},
		{"SMALLINT", 5, 9, "", "", "", false, any3, true, 0, 0, 10},
		{"FLOAT", 6, 64, "", "", "", false, any3, false, nil, nil, 2},
		{"DOUBLE PRECISION", 8, 64, "", "", "", false, any3, false, nil, nil, 2},
		{"VARCHAR", 12, maxVarchar, "'", "'", "max length", true, any3, false, nil, nil, nil},
		{"BOOLEAN", 16, 1, "", "", "", false, any3, false, nil, nil, nil},
		{"DATE", 91, 10, "DATE '", "'", "", false, any3, false, nil, nil, nil},
		{"TIMESTAMP", 93, 29, "TIMESTAMP '", "'", "precision", false, any3, false, 0, 9, nil},
		{"GEOMETRY", 123, maxVarchar, "'", "'", "srid", false, never, false, nil, nil, nil},
		{"TIMESTAMP WITH LOCAL TIME ZONE", 124, 29, "TIMESTAMP '", "'", "precision", false, any3, false, 0, 9, nil},
		{"HASHTYPE", 126, 2 * maxHash, "'", "'", "length", false, any3, false, nil, nil, nil},
	} {
		r.add(t.name, t.id, t.precision, t.prefix, t.suffix, t.params, true, t.text, t.searchable, false, t.fixed,
			t.id == 3, t.name, t.low, t.high, t.id, nil, t.radix, nil)
	}
}
