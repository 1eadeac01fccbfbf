package exawire

import (
	"slices"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/sqlword"
)

// intent is what a command is about to do to its session, as far as its name, its attributes and the words of its
// statement tell. It is read once, before the command is sent.
type intent struct {
	info   commands.Info    // of the command; only the name for one that is not in the protocol table
	newest string           // the attribute that needs the newest version
	since  commands.Version // that it needs

	sqlword.Effects
	autocommit bool // assigns autocommit

	housekeeping bool // tidies up: nobody aborts it
	errand       bool // runs before the command that its caller is waiting for, not as one of its own
	barrier      bool // is there to swallow an abort

	handle  int                    // of the prepared statement that is run or closed
	results []int                  // handles of the results that are closed
	formats *commands.ParamFormats // in which the parameters are written, nil if there are none
	before  uint64                 // changes of the ledger when it was sent
	needs   []condition            // what must hold when it is sent
	ending  bool                   // it is a step of the beginning or the end of a transaction
}

// condition is something that a command belongs to, and that may be over by the time when the command could be sent.
type condition interface {
	// refuse says why the command may not be sent any more. It is called under the mutex of the ledger.
	refuse(in *intent) error
}

// need adds a condition, which may be nil.
func (in *intent) need(c condition) {
	if c != nil {
		in.needs = append(in.needs, c)
	}
}

// intentOf reads what can be told without knowing the session. What a prepared statement does, the ledger knows.
func intentOf(cmd commands.Command, attrs []Attribute) intent {
	in := intent{handle: commands.NoHandle}
	in.info, _ = commands.Lookup(cmd.CommandName())
	in.info.Name = cmd.CommandName()
	switch cmd := cmd.(type) {
	case commands.Execute:
		in.reads(sqlword.Read(cmd.SQLText))
	case commands.ExecuteBatch:
		in.reads(sqlword.ReadAll(cmd.SQLTexts))
	case commands.ExecutePreparedStatement:
		in.handle = cmd.Handle
	case commands.CreatePreparedStatement:
		in.reads(sqlword.ReadLater(cmd.SQLText))
	case commands.ClosePreparedStatement:
		in.handle, in.housekeeping = cmd.Handle, true
	case commands.CloseResultSet:
		in.results, in.housekeeping = cmd.Handles, true
	case commands.Disconnect:
		in.housekeeping = true
	case commands.Raw:
		in.raw(cmd)
	}
	for _, a := range attrs {
		if since := a.Since(); since > in.since {
			in.newest, in.since = a.Name(), since
		}
		in.autocommit = in.autocommit || a.Name() == autocommitName
		in.Commits = in.Commits || a == commands.Autocommit(true)
	}
	if slices.ContainsFunc(attrs, changesMeaning) {
		in.Prepared = in.Prepared.And(sqlword.Reported)
	}
	return in
}

// reads takes over what the words of the command's statements tell.
func (in *intent) reads(e sqlword.Effects) { in.Effects, in.housekeeping = e, e.Undoes }

// raw is the intent of a command that was put together by hand: it may run anything, unless it is known not to.
func (in *intent) raw(cmd commands.Raw) {
	sql, one := cmd.Fields["sqlText"].(string)
	sqls, several := textsIn(cmd.Fields["sqlTexts"])
	switch family := in.info.Family; {
	case family == commands.FamilyStatement && one && in.info.Name == "createPreparedStatement":
		in.reads(sqlword.ReadLater(sql))
	case family == commands.FamilyStatement && one && !several:
		in.reads(sqlword.Read(sql))
	case family == commands.FamilyStatement && several && !one:
		in.reads(sqlword.ReadAll(sqls))
	case in.info.Name == "executePreparedStatement", in.info.Name == "closePreparedStatement":
		in.Anything() // what it may set has counted when it was prepared
	case family == commands.FamilySession, family == commands.FamilyResultSet, family == commands.FamilyCluster, family == commands.FamilyMetadata:
		in.Commits = true
	default:
		in.Anything()
		in.Parameter = sqlword.AnyParameter
	}
	in.Prepared = sqlword.Unknown // its attributes are not known
}

// textsIn returns the strings of a list that a field of a raw command may be.
func textsIn(field any) (texts []string, ok bool) {
	switch list := field.(type) {
	case []string:
		return list, true
	case []any:
		for _, v := range list {
			text, ok := v.(string)
			if !ok {
				return nil, false
			}
			texts = append(texts, text)
		}
		return texts, true
	}
	return nil, false
}

// background reports whether nobody but its own caller minds how the command ends.
func (in *intent) background() bool {
	return in.housekeeping || in.info.Family == commands.FamilyResultSet
}

// textsOf returns the statements that a command runs or prepares.
func textsOf(cmd commands.Command) []string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return []string{cmd.SQLText}
	case commands.ExecuteBatch:
		return cmd.SQLTexts
	case commands.CreatePreparedStatement:
		return []string{cmd.SQLText}
	}
	return nil
}

// textOf returns the statement that a command runs or prepares, "" if there is not just one.
func textOf(cmd commands.Command) string {
	switch cmd := cmd.(type) {
	case commands.Execute:
		return cmd.SQLText
	case commands.CreatePreparedStatement:
		return cmd.SQLText
	case commands.ExecuteBatch:
		if len(cmd.SQLTexts) == 1 {
			return cmd.SQLTexts[0]
		}
	}
	return ""
}
