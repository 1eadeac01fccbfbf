package resultset_test

import "github.com/exawire/exawire/commands"

// Short ways to describe columns.

func typedCol(name string, t commands.TypeName) commands.ColumnInfo {
	return commands.ColumnInfo{Name: name, DataType: commands.DataType{Type: t}}
}

func decimalCol(name string, precision, scale int) commands.ColumnInfo {
	return commands.ColumnInfo{Name: name, DataType: commands.DataType{Type: commands.Decimal, Precision: &precision, Scale: &scale}}
}

func textCol(name string, size int) commands.ColumnInfo {
	return commands.ColumnInfo{Name: name, DataType: commands.DataType{Type: commands.Varchar, Size: &size, CharacterSet: "UTF8"}}
}
