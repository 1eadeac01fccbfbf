package exasqlite

import (
	"slices"
)

// System tables about objects. Rows are made from the catalog when the table is read, so they are those that the
// transaction sees. There are no privileges, and so the tables of EXA_ALL_, EXA_USER_ and EXA_DBA_ are the same.

// The name of a table is made of the scope and the object.
func init() {
	for name, fn := range map[string]func(b *binder) *relationData{
		"TABLES": tableData, "VIEWS": viewData, "COLUMNS": columnData, "OBJECTS": objectData,
		"CONSTRAINTS": constraintData, "CONSTRAINT_COLUMNS": constraintColumnData, "SCRIPTS": scriptData,
	} {
		for _, scope := range []string{"ALL", "USER", "DBA"} {
			systemTables["EXA_"+scope+"_"+name] = fn
		}
	}
	for _, name := range []string{"EXA_SCHEMAS", "EXA_ALL_SCHEMAS", "EXA_USER_SCHEMAS", "EXA_DBA_SCHEMAS"} {
		systemTables[name] = schemaData
	}
	for _, name := range []string{"EXA_SCHEMA_OBJECTS", "EXA_ALL_SCHEMA_OBJECTS"} {
		systemTables[name] = func(b *binder) *relationData { return currentObjects(b, "OBJECT_NAME:s OBJECT_TYPE:s") }
	}
	systemTables["CAT"] = func(b *binder) *relationData { return currentObjects(b, "TABLE_NAME:s TABLE_TYPE:s") }
}

// schemaData are the rows of EXA_SCHEMAS.
func schemaData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("SCHEMA_NAME:s SCHEMA_OWNER:s SCHEMA_IS_VIRTUAL:b SCHEMA_COMMENT:t")}
	for _, name := range sortedKeys(b.cat.schemas) {
		sc := b.cat.schemas[name]
		r.add(sc.Name, sc.Owner, false, sc.Comment)
	}
	return r
}

// tableData are the rows of EXA_ALL_TABLES. Rows are counted by SQLite while the table is read, in the same snapshot.
func tableData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("TABLE_SCHEMA:s TABLE_NAME:s TABLE_OWNER:s TABLE_OBJECT_ID:n TABLE_IS_VIRTUAL:b " +
		"TABLE_HAS_DISTRIBUTION_KEY:b TABLE_HAS_PARTITION_KEY:b TABLE_ROW_COUNT:n DELETE_PERCENTAGE:n TABLE_COMMENT:t")}
	for _, t := range b.cat.sorted() {
		if !t.IsView {
			r.add(t.Schema, t.Name, t.Owner, t.ID, false, len(t.Distribution) > 0, len(t.Partition) > 0,
				subselect("SELECT COUNT(*) FROM "+t.sqlName()), 0, t.Comment)
		}
	}
	return r
}

// viewData are the rows of EXA_ALL_VIEWS.
func viewData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("VIEW_SCHEMA:s VIEW_NAME:s SCOPE_SCHEMA:s VIEW_OWNER:s VIEW_OBJECT_ID:n VIEW_TEXT:t VIEW_COMMENT:t")}
	for _, t := range b.cat.sorted() {
		if t.IsView {
			r.add(t.Schema, t.Name, t.ViewSchema, t.Owner, t.ID, t.ViewSource, t.Comment)
		}
	}
	return r
}

// scriptData are the rows of EXA_ALL_SCRIPTS.
func scriptData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("SCRIPT_SCHEMA:s SCRIPT_NAME:s SCRIPT_OWNER:s SCRIPT_OBJECT_ID:n SCRIPT_TYPE:s SCRIPT_LANGUAGE:s " +
		"SCRIPT_INPUT_TYPE:s SCRIPT_RESULT_TYPE:s SCRIPT_TEXT:t SCRIPT_COMMENT:t")}
	for _, x := range b.cat.sortedScripts() {
		r.add(x.Schema, x.Name, x.Owner, x.ID, x.Type, x.Language, x.Input, x.Result, x.Text, x.Comment)
	}
	return r
}

// columnData are the rows of EXA_ALL_COLUMNS. SQLAlchemy and others read them to learn what a table looks like.
func columnData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("COLUMN_SCHEMA:s COLUMN_TABLE:s COLUMN_OBJECT_TYPE:s COLUMN_NAME:s COLUMN_TYPE:s COLUMN_TYPE_ID:n " +
		"COLUMN_MAXSIZE:n COLUMN_NUM_PREC:n COLUMN_NUM_SCALE:n COLUMN_ORDINAL_POSITION:n COLUMN_IS_VIRTUAL:b COLUMN_IS_NULLABLE:b " +
		"COLUMN_IS_DISTRIBUTION_KEY:b COLUMN_PARTITION_KEY_ORDINAL_POSITION:n COLUMN_DEFAULT:t COLUMN_IDENTITY:n COLUMN_OWNER:s " +
		"COLUMN_OBJECT_ID:n STATUS:s COLUMN_COMMENT:t")}
	for _, t := range b.cat.sorted() {
		for i := range t.Columns {
			c := &t.Columns[i]
			// What has no meaning for a type is NULL.
			id, size, prec, scale := c.Type.catalogNumbers()
			var nullable, identity, partition any
			if !t.IsView {
				nullable = !c.NotNull
			}
			if c.Identity {
				identity = b.s.backend.lastIdentity(t.identity(c), c.Start)
			}
			if n := slices.Index(t.Partition, c.Name); n >= 0 {
				partition = n + 1
			}
			r.add(t.Schema, t.Name, t.objectType(), c.Name, c.Type.String(), id, size, prec, scale, i+1, false, nullable,
				slices.Contains(t.Distribution, c.Name), partition, c.Default, identity, t.Owner, t.ID, "", c.Comment)
		}
	}
	return r
}

// objectData are the rows of EXA_ALL_OBJECTS.
func objectData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("OBJECT_NAME:s OBJECT_TYPE:s CREATED:c LAST_COMMIT:c OWNER:s OBJECT_ID:n ROOT_NAME:s ROOT_TYPE:s " +
		"ROOT_ID:n OBJECT_IS_VIRTUAL:b OBJECT_COMMENT:t")}
	for _, name := range sortedKeys(b.cat.schemas) {
		sc := b.cat.schemas[name]
		r.add(sc.Name, "SCHEMA", sc.Created, nil, sc.Owner, nil, nil, nil, nil, false, sc.Comment)
	}
	for _, t := range b.cat.sorted() {
		r.add(t.Name, t.objectType(), t.Created, nil, t.Owner, t.ID, t.Schema, "SCHEMA", nil, false, t.Comment)
	}
	for _, x := range b.cat.sortedScripts() {
		r.add(x.Name, "SCRIPT", x.Created, nil, x.Owner, x.ID, x.Schema, "SCHEMA", nil, false, x.Comment)
	}
	return r
}

// currentObjects lists the tables and views of the open schema.
func currentObjects(b *binder, columns string) *relationData {
	r := &relationData{cols: columnsOf(columns)}
	for _, t := range b.cat.sorted() {
		if t.Schema == b.s.set.schema {
			r.add(t.Name, t.objectType())
		}
	}
	return r
}

// constraintData are the rows of EXA_ALL_CONSTRAINTS.
func constraintData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("CONSTRAINT_SCHEMA:s CONSTRAINT_TABLE:s CONSTRAINT_TYPE:s CONSTRAINT_NAME:s CONSTRAINT_ENABLED:b CONSTRAINT_OWNER:s")}
	for _, t := range b.cat.sorted() {
		for _, c := range t.constraints(b.cat) {
			r.add(t.Schema, t.Name, c.kind, c.name, !c.off, t.Owner)
		}
	}
	return r
}

// constraintColumnData are the rows of EXA_ALL_CONSTRAINT_COLUMNS, one for each column of each constraint.
func constraintColumnData(b *binder) *relationData {
	r := &relationData{cols: columnsOf("CONSTRAINT_SCHEMA:s CONSTRAINT_TABLE:s CONSTRAINT_TYPE:s CONSTRAINT_NAME:s CONSTRAINT_OWNER:s " +
		"ORDINAL_POSITION:n COLUMN_NAME:s REFERENCED_SCHEMA:s REFERENCED_TABLE:s REFERENCED_COLUMN:s")}
	for _, t := range b.cat.sorted() {
		for _, c := range t.constraints(b.cat) {
			for i, name := range c.columns {
				var schema, table, column any
				if c.parent != nil {
					schema, table, column = c.parent.Schema, c.parent.Name, c.parent.Key[i]
				}
				r.add(t.Schema, t.Name, c.kind, c.name, t.Owner, i+1, name, schema, table, column)
			}
		}
	}
	return r
}

// constraint is a row of EXA_ALL_CONSTRAINTS.
type constraint struct {
	kind, name string
	columns    []string
	parent     *table // of a foreign key
	off        bool
}

// constraints lists what a table has. NOT NULL is a constraint of its own, with a name that is made here.
func (t *table) constraints(cat *catalog) []constraint {
	var list []constraint
	if len(t.Key) > 0 {
		list = append(list, constraint{kind: "PRIMARY KEY", name: t.KeyName, columns: t.Key})
	}
	for _, fk := range t.Foreign {
		list = append(list, constraint{"FOREIGN KEY", fk.Name, fk.Columns, cat.byID(fk.Table), fk.Off})
	}
	for _, c := range t.Columns {
		if c.NotNull && !t.IsView {
			list = append(list, constraint{kind: "NOT NULL", name: "SYS_NN_" + t.Name + "_" + c.Name, columns: []string{c.Name}})
		}
	}
	return list
}
