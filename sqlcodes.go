package exawire

import "strings"

// Codes that this module looks at. See AllCodes for all that are known.
const (
	CodeUnknown         = "00000"
	CodeLoginRejected   = "08004"
	CodeCollision       = "40001"
	CodeAbortRolledBack = "40007"
	CodeSyntax          = "42000"
	CodeQueryTimeout    = "R0001"
	CodeQueryAborted    = "R0003"
)

// CodeClass says what a SQL code means for the program that gets it.
type CodeClass string

// The classes of codes.
const (
	ClassStatement  CodeClass = "statement"   // the statement is wrong or failed; the session goes on
	ClassLogin      CodeClass = "login"       // the login was rejected
	ClassCancelled  CodeClass = "cancelled"   // the statement was ended before it was done
	ClassRetry      CodeClass = "retry"       // the transaction was rolled back and can be tried again
	ClassRolledBack CodeClass = "rolled back" // the session goes on, its transaction is gone
	ClassGone       CodeClass = "gone"        // the server has ended the session
	ClassUnknown    CodeClass = "unknown"
)

// CodeInfo describes a known SQL code.
type CodeInfo struct {
	Code    string    // five characters
	Class   CodeClass // what it means for the program
	Meaning string    // what has happened, in a few words
	Source  string    // what the entry rests on: "specification", "documentation", "tests of other clients" or "inference"
}

// AllCodes returns the table of known codes, ordered by code. Exasol has no classes of codes as the SQL standard has:
// a code that is not in the table says nothing by its first characters. The slice is the caller's.
func AllCodes() []CodeInfo { return append([]CodeInfo(nil), sqlCodes...) }

// Class returns the class of the error's code.
func (e *Error) Class() CodeClass {
	for _, c := range sqlCodes {
		if c.Code == e.SQLCode {
			return c.Class
		}
	}
	return ClassUnknown
}

// RolledBack reports whether the server says that it has rolled the session's transaction back. Some codes say so by
// themselves; of a collision (40001) and of an internal error (42000) it is the text that does. If it is false nothing is
// known.
func (e *Error) RolledBack() bool {
	text := strings.ToLower(e.Text)
	switch {
	case e.Class() == ClassRolledBack, e.SQLCode == CodeAbortRolledBack:
		return true
	case e.SQLCode == CodeCollision:
		return strings.Contains(text, "rollback") || strings.Contains(text, "rolled back")
	case e.SQLCode == CodeSyntax, e.SQLCode == CodeUnknown:
		return strings.Contains(text, "transaction has been rolled back") || strings.Contains(text, "transaction was rolled back")
	}
	return false
}

// losesTransaction reports whether the transaction may be gone: a collision ends it, whatever its text says.
func (e *Error) losesTransaction() bool { return e.RolledBack() || e.SQLCode == CodeCollision }

const (
	fromSpec      = "specification"
	fromDocs      = "documentation"
	fromTests     = "tests of other clients"
	fromInference = "inference"
)

var sqlCodes = []CodeInfo{
	{"00000", ClassUnknown, "no code; also values that do not fit the type of a parameter", fromSpec},
	{"04000", ClassStatement, "virtual schema adapter produced an invalid statement", fromDocs},
	{"08001", ClassGone, "connection lost", fromDocs},
	{"08004", ClassLogin, "login rejected, or TLS required", fromTests},
	{"0A000", ClassStatement, "feature not supported", fromDocs},
	{"22001", ClassStatement, "string too long", fromDocs},
	{"22002", ClassStatement, "error in a user-defined function", fromDocs},
	{"22003", ClassStatement, "numeric value out of range", fromInference},
	{"22012", ClassStatement, "division by zero", fromInference},
	{"22018", ClassStatement, "invalid character value for cast", fromDocs},
	{"22064", ClassStatement, "script language not supported", fromDocs},
	{"22104", ClassStatement, "datetime field underflow", fromDocs},
	{"27001", ClassStatement, "NOT NULL constraint violated", fromTests},
	{"28900", ClassLogin, "authentication failed", fromDocs},
	{"40001", ClassRetry, "transaction collision, transaction rolled back", fromDocs},
	{"40002", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40003", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40004", ClassGone, "connection lost", fromDocs},
	{"40005", ClassRolledBack, "transaction rolled back after an internal error", fromDocs},
	{"40007", ClassCancelled, "aborted, transaction rolled back", fromTests},
	{"40008", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40009", ClassGone, "connection lost after an internal error", fromDocs},
	{"40010", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40011", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40017", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40018", ClassGone, "connection lost, out of memory", fromDocs},
	{"40019", ClassRolledBack, "transaction rolled back", fromDocs},
	{"40020", ClassGone, "connection lost, out of memory", fromDocs},
	{"42000", ClassStatement, "syntax error, object not found and most other compile errors", fromTests},
	{"42500", ClassStatement, "insufficient privileges, or name conflict", fromDocs},
	{"42636", ClassStatement, "IMPORT or EXPORT failed", fromTests},
	{"42X91", ClassStatement, "primary or foreign key violated", fromTests},
	{"43000", ClassStatement, "error in a script", fromDocs},
	{"43100", ClassStatement, "error in the SQL preprocessor script", fromDocs},
	{"R0001", ClassCancelled, "query timeout reached", fromTests},
	{"R0003", ClassCancelled, "aborted by the client, or statement killed", fromTests},
}
