package exawire_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/errtext"
	"github.com/exawire/exawire/internal/wire"
)

// sentinels are all errors that are told apart with errors.Is.
var sentinels = map[string]error{
	"ErrSessionClosed":   exawire.ErrSessionClosed,
	"ErrQueryTimeout":    exawire.ErrQueryTimeout,
	"ErrQueryAborted":    exawire.ErrQueryAborted,
	"ErrUnsupported":     exawire.ErrUnsupported,
	"ErrMessageTooLarge": exawire.ErrMessageTooLarge,
	"ErrPlaintext":       exawire.ErrPlaintext,
	"ErrNothingToAbort":  exawire.ErrNothingToAbort,
	"ErrNotLoggedIn":     exawire.ErrNotLoggedIn,
	"ErrTxDone":          exawire.ErrTxDone,
	"ErrTxOpen":          exawire.ErrTxOpen,
	"ErrStmtClosed":      exawire.ErrStmtClosed,
	"ErrNoRows":          exawire.ErrNoRows,
	"ErrTooManyRows":     exawire.ErrTooManyRows,
	"ErrNull":            exawire.ErrNull,
	"ErrUsed":            exawire.ErrUsed,
	"sql.ErrNoRows":      sql.ErrNoRows,
	"context.Canceled":   context.Canceled,
	"io.EOF":             io.EOF,
}

func TestErrorsMatch(t *testing.T) {
	tests := []struct {
		name string
		err  error
		want string // names of the sentinels that match
	}{
		{"query timeout", &exawire.Error{SQLCode: "R0001"}, "ErrQueryTimeout"},
		{"query aborted", &exawire.Error{SQLCode: "R0003"}, "ErrQueryAborted"},
		{"aborted and rolled back", &exawire.Error{SQLCode: "40007"}, "ErrQueryAborted"},
		{"other code", &exawire.Error{SQLCode: "42000"}, ""},
		{"no code", &exawire.Error{SQLCode: "00000"}, ""},
		{"zero", &exawire.Error{}, ""},
		{"timeout inside a failed connection", &exawire.ConnectError{Op: "login", Err: &exawire.Error{SQLCode: "R0001"}}, "ErrQueryTimeout"},
		{"connection", &exawire.ConnectError{Op: "dial", Err: io.EOF}, "io.EOF"},
		{"broken protocol", &exawire.ProtocolError{Command: "fetch", Reason: "x"}, "ErrSessionClosed"},
		{"broken protocol with a cause", &exawire.ProtocolError{Command: "fetch", Reason: "x", Err: io.EOF}, "ErrSessionClosed io.EOF"},
		{"unsupported", &exawire.UnsupportedError{What: "getHosts", Need: commands.V4, Have: commands.V1}, "ErrUnsupported"},
		{"batch", &exawire.WriteError{Err: &exawire.Error{SQLCode: "R0003"}}, "ErrQueryAborted"},
		{"configuration", &exawire.ConfigError{Field: "Host", Reason: "is not set"}, ""},
		{"scan", &exawire.ScanError{Err: exawire.ErrNull}, "ErrNull"},
		{"no rows", exawire.ErrNoRows, "ErrNoRows sql.ErrNoRows"},
		{"marks hide nothing", exawire.NotSent(exawire.WasSent(&exawire.Error{SQLCode: "R0001"})), "ErrQueryTimeout"},
		{"cancelled and aborted", fmt.Errorf("%w: %w", context.Canceled, &exawire.Error{SQLCode: "R0003"}), "ErrQueryAborted context.Canceled"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := map[string]bool{}
			for name := range strings.FieldsSeq(test.want) {
				if sentinels[name] == nil {
					t.Fatalf("the test knows no %s", name)
				}
				want[name] = true
			}
			for name, sentinel := range sentinels {
				for depth, err := range []error{test.err, fmt.Errorf("outside: %w", test.err), errors.Join(errors.New("other"), test.err)} {
					if got := errors.Is(err, sentinel); got != want[name] {
						t.Errorf("errors.Is(%v, %s) is %t, at depth %d", err, name, got, depth)
					}
				}
			}
		})
	}
}

func TestSentinelsAreDistinct(t *testing.T) {
	for name, a := range sentinels {
		for other, b := range sentinels {
			if name != other && errors.Is(a, b) && name+" is "+other != "ErrNoRows is sql.ErrNoRows" {
				t.Errorf("%s matches %s", name, other)
			}
		}
		if strings.HasPrefix(name, "Err") && !strings.HasPrefix(a.Error(), "exawire: ") {
			t.Errorf("%s says %q, without the name of the module", name, a)
		}
	}
}

func TestErrorText(t *testing.T) {
	tests := []struct {
		err  error
		want string
	}{
		{
			&exawire.Error{SQLCode: "42000", Text: "syntax error (Session: 7)", Command: "execute", SessionID: 7},
			"exawire: execute: syntax error (Session: 7) (42000)",
		},
		{&exawire.ConnectError{Addr: "exa1:8563", Op: "dial", Err: io.EOF}, "exawire: connect to exa1:8563: dial: EOF"},
		{&exawire.ProtocolError{Command: "fetch", Reason: "no rows"}, "exawire: fetch: server broke the protocol: no rows"},
		{&exawire.ProtocolError{Command: "fetch", Reason: "no rows", Err: io.EOF}, "exawire: fetch: server broke the protocol: no rows: EOF"},
		{&exawire.UnsupportedError{What: "getHosts", Need: commands.V4, Have: commands.V1}, "exawire: getHosts needs protocol V4, the session speaks V1"},
		{&exawire.ConfigError{Field: "Host", Reason: "is not set"}, "exawire: config: Host is not set"},
		{exawire.NotSent(io.EOF), "exawire: EOF"},
		{exawire.WasSent(io.EOF), "exawire: EOF"},
	}
	for _, test := range tests {
		if got := test.err.Error(); got != test.want {
			t.Errorf("%T says\n%s, want\n%s", test.err, got, test.want)
		}
	}
	if exawire.NotSent(nil) != nil || exawire.WasSent(nil) != nil {
		t.Error("a mark on no error is an error")
	}
}

func TestSafeToRetry(t *testing.T) {
	var (
		server    = &exawire.Error{SQLCode: "42000"}
		sent      = exawire.WasSent(wire.ErrClosed)
		unsent    = exawire.NotSent(wire.ErrClosed)
		closed    = fmt.Errorf("%w: %w", exawire.ErrSessionClosed, sent)
		unmarked  = errors.New("something")
		protocol  = &exawire.ProtocolError{Command: "execute"}
		connect   = exawire.NotSent(&exawire.ConnectError{Op: "dial", Err: io.EOF})
		rejected  = exawire.WasSent(&exawire.ConnectError{Op: "login", Err: server})
		notSent   = exawire.NotSent(unmarked)
		cancelled = fmt.Errorf("%w: %w", context.Canceled, unsent)
	)
	tests := []struct {
		name string
		err  error
		want bool
	}{
		{"nil", nil, false},
		{"other error", unmarked, false},
		{"context", context.Canceled, false},
		{"marked", notSent, true},
		{"marked inside", fmt.Errorf("exawire: execute: %w", notSent), true},
		{"server says no", server, false},
		{"connection lost before sending", unsent, true},
		{"connection lost after sending", sent, false},
		{"closed while the command ran", closed, false},
		{"next command on the closed session", exawire.NotSent(closed), true},
		{"cancelled before sending", cancelled, true},
		{"cancelled after sending", fmt.Errorf("%w: %w", context.Canceled, sent), false},
		{"protocol", protocol, false},
		{"protocol around what was not sent", &exawire.ProtocolError{Err: notSent}, false},
		{"connect", connect, true},
		{"connect, several times", errors.Join(connect, connect), true},
		{"login rejected", rejected, false},
		{"connect, then login rejected", errors.Join(connect, rejected), false},
		{"cause of a context that knows of another command", exawire.WasSent(fmt.Errorf("%w: %w", context.Canceled, notSent)), false},
		{"unsupported", &exawire.UnsupportedError{}, true},
		{"configuration", &exawire.ConfigError{}, true},
		{"session closed", exawire.ErrSessionClosed, false},
		{"batch, first statement not sent", &exawire.WriteError{Last: 5, Err: notSent}, true},
		{"batch, second statement not sent", &exawire.WriteError{First: 5, Last: 9, Err: notSent}, false},
		{"batch, rolled back", &exawire.WriteError{Last: 5, RolledBack: true, Err: notSent}, false},
		{"batch, first statement sent", &exawire.WriteError{Last: 5, Err: closed}, false},
		{"script, first statement not sent", &exawire.ScriptError{Err: notSent}, true},
		{"script, second statement not sent", &exawire.ScriptError{Index: 1, Err: notSent}, false},
		{"script, first statement sent", &exawire.ScriptError{Err: closed}, false},
		{"clean-up that was not sent, after a statement", exawire.WasSent(notSent), false},
		{"statement that was sent, joined by a clean-up that was not", errors.Join(closed, notSent), false},
		{"the other way round", errors.Join(notSent, server), false},
		{"not sent, joined by something else", errors.Join(unmarked, notSent), true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := exawire.SafeToRetry(test.err); got != test.want {
				t.Errorf("SafeToRetry(%v) is %t", test.err, got)
			}
		})
	}
}

// TestTypesHaveTheirNamesHere compares the types that errors call by the name of this package with those that have one.
func TestTypesHaveTheirNamesHere(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "aliases.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.TypeSpec); ok && spec.Assign.IsValid() {
			of := spec.Type
			if generic, ok := of.(*ast.IndexExpr); ok {
				of = generic.X
			}
			other := of.(*ast.SelectorExpr)
			if other.Sel.Name != spec.Name.Name {
				t.Errorf("%s is the alias of %s", spec.Name.Name, other.Sel.Name)
			}
			want = append(want, other.X.(*ast.Ident).Name+"."+other.Sel.Name)
		}
		return true
	})
	got := errtext.Aliased()
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("aliases (-want +got):\n%s", diff)
	}
}
