package bulk

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/internal/sqlword"
)

// Exec runs a statement. IMPORT INTO a table FROM LOCAL CSV FILE 'a.csv' reads the file on the client's side, as [Import]
// does, and EXPORT a table or a query INTO LOCAL CSV FILE 'a.csv' writes it, as [Export] does with [ToFiles]. There may be
// several files: FILE 'a.csv' FILE 'b.csv'. LOCAL SECURE encrypts the data even if the session is not encrypted, see
// [EncryptionPinned]. The format can be FBV as well, and PARQUET for IMPORT. Any other statement goes to
// [exawire.Session.Exec] as it is; Rows is its number of rows then.
//
// The names are paths as they are, without patterns; relative ones begin at the working directory. Their extensions tell how
// the files are compressed. Everything else in the statement goes to the database as it was written, so the options
// [Parallel], [Encrypt], [OnProgress] and [Compress] can be given, and no others. With more files than [Parallel] tunnels,
// IMPORT becomes several statements in one transaction.
//
// Whoever can choose the statement can have any file read or overwritten that the program can: no statement from somewhere
// else must come here.
func Exec(ctx context.Context, s *exawire.Session, sql string, opts ...Option) (Result, error) {
	l, ok := parseLocal(sql)
	if !ok {
		rows, err := s.Exec(ctx, sql)
		return Result{Rows: rows}, err
	}
	o := newOptions(opts)
	if err := l.check(o); err != nil {
		return Result{}, refused(l.op, err)
	}
	if l.secure && o.encryption == EncryptionAuto {
		o.encryption = EncryptionPinned
	}
	if l.op == opExport {
		return l.export(ctx, s, o)
	}
	return l.importFiles(ctx, s, o)
}

// IsLocal reports whether a statement is one for which [Exec] reads or writes files of the client.
func IsLocal(sql string) bool {
	_, ok := parseLocal(sql)
	return ok
}

// local is a statement with LOCAL in it.
type local struct {
	op     string
	before string // LOCAL
	secure bool   // LOCAL SECURE
	format string // as it is written: CSV, FBV or PARQUET
	files  []string
	fields string // a list in parentheses that is that of each file, "" for none
	mixed  bool   // the files have different ones
	after  string // what comes behind the files
}

func (l *local) parquet() bool { return strings.EqualFold(l.format, "PARQUET") }

func (l *local) suffix() string { return "." + strings.ToLower(l.format) }

// sql is the statement as the database gets it.
func (l *local) sql(places []place) string {
	b := builder{}
	b.words(l.before, l.format)
	b.places(places, l.fields, l.parquet())
	b.words(l.after)
	return b.String()
}

func (l *local) check(o *options) error {
	switch {
	case !reflect.ValueOf(o.csv).IsZero() || len(o.columns) > 0 || o.reject != Reject{}:
		return errors.New("the options Format, Columns and Rejected are not for statements with LOCAL: write them into the statement")
	case o.compressed != "":
		return errors.New("the option Compressed is not for statements with LOCAL: the names of the files tell how they are compressed")
	case l.secure && o.encryption == EncryptionOff:
		return errors.New("LOCAL SECURE is to be encrypted, which the option Encrypt(EncryptionOff) says not to do: leave out one of them")
	case len(l.files) == 0:
		return fmt.Errorf("FILE and the name of a file in single quotes are to follow LOCAL %s", l.format)
	case l.mixed:
		return errors.New("the files have different lists of fields: write the list once, behind the last file, or use a statement for each")
	case errorsIntoLocal(l.after):
		return errors.New("ERRORS INTO a local file cannot be done: name a table")
	}
	if err := o.checkFiles(); err != nil {
		return err
	}
	return o.check(l.op)
}

func (l *local) importFiles(ctx context.Context, s *exawire.Session, o *options) (Result, error) {
	list, err := fileOrigins(l.files, func(string) string { return l.suffix() })
	if err == nil && l.parquet() {
		err = checkParquet(s, o)
	}
	if err != nil {
		return Result{}, refused(opImport, err)
	}
	files, err := filesOf(list, o, l.suffix())
	if err != nil {
		return Result{}, refused(opImport, err)
	}
	t := transfer{op: opImport, session: s, files: files, sql: l.sql, options: o}
	return t.runInTransaction(ctx)
}

func (l *local) export(ctx context.Context, s *exawire.Session, o *options) (Result, error) {
	sinks, err := ToFiles(l.files...).sinks()
	if err != nil {
		return Result{}, refused(opExport, err)
	}
	return exportFiles(ctx, s, sinks, l.suffix(), l.sql, o)
}

// parseLocal finds the part of a statement that is about files of the client. ok is false if it has none.
func parseLocal(sql string) (l local, ok bool) {
	clause := ""
	for t := range sqlword.Scan(sql) { // the first word, since most statements are others
		switch {
		case strings.EqualFold(t.Text, "IMPORT"):
			l.op, clause = opImport, "FROM"
		case strings.EqualFold(t.Text, "EXPORT"):
			l.op, clause = opExport, "INTO"
		default:
			return local{}, false
		}
		break
	}
	if clause == "" {
		return local{}, false
	}
	p := words(slices.Collect(sqlword.Scan(sql)))
	at, ok := p.find(clause)
	if !ok || !p.is(at+1, "LOCAL") {
		return local{}, false
	}
	start := at + 1
	at += 2
	if l.secure = p.is(at, "SECURE"); l.secure {
		at++
	}
	known := p.is(at, "CSV") || p.is(at, "FBV") || l.op == opImport && p.is(at, "PARQUET")
	if !known {
		return local{}, false
	}
	l.format = p[at].Text
	end, last := p[at].End(), 0 // last is how many files there were at the last list
	for at++; p.is(at, "FILE") && p.isText(at+1); {
		text := p[at+1].Text
		l.files = append(l.files, strings.ReplaceAll(text[1:len(text)-1], "''", "'"))
		end = p[at+1].End()
		at += 2
		if next, ok := p.behind(at); ok {
			list := " " + sql[p[at].At:p[next-1].End()]
			l.mixed = l.mixed || last > 0 && list != l.fields
			l.fields, last = list, len(l.files)
			at, end = next, p[next-1].End()
		}
	}
	// A list counts for the files before it that have none, but those behind it have to have one as well.
	l.mixed = l.mixed || last > 0 && last < len(l.files)
	l.before, l.after = sql[:p[start].At], sql[end:]
	return l, true
}

// words are the tokens of a statement.
type words []sqlword.Token

// is reports whether a token is a keyword.
func (p words) is(at int, keyword string) bool {
	return at < len(p) && p[at].Kind == sqlword.Word && strings.EqualFold(p[at].Text, keyword)
}

// isText reports whether a token is a text in single quotes, with the last of them.
func (p words) isText(at int) bool {
	if at >= len(p) || p[at].Kind != sqlword.Literal {
		return false
	}
	text := p[at].Text
	return text[0] == '\'' && strings.Count(text, "'")%2 == 0
}

// behind returns the index behind a list in parentheses that begins at a token. ok is false if there is none.
func (p words) behind(at int) (next int, ok bool) {
	for depth := 0; at < len(p); at++ {
		switch {
		case p[at].Kind == sqlword.Mark && p[at].Text == "(":
			depth++
		case p[at].Kind == sqlword.Mark && p[at].Text == ")":
			depth--
		}
		if depth == 0 {
			return at + 1, p[at].Text == ")"
		}
	}
	return 0, false
}

// find returns where a keyword comes first that is not in parentheses, before the first semicolon.
func (p words) find(keyword string) (at int, ok bool) {
	depth := 0
	for i, t := range p {
		switch {
		case t.Kind == sqlword.Mark && t.Text == "(":
			depth++
		case t.Kind == sqlword.Mark && t.Text == ")":
			depth--
		case t.Kind == sqlword.Mark && t.Text == ";":
			return 0, false
		case depth == 0 && p.is(i, keyword):
			return i, true
		}
	}
	return 0, false
}

// errorsIntoLocal reports whether refused rows are to go into a file of the client.
func errorsIntoLocal(sql string) bool {
	p := words(slices.Collect(sqlword.Scan(sql)))
	at, ok := p.find("ERRORS")
	return ok && p.is(at+1, "INTO") && p.is(at+2, "LOCAL")
}
