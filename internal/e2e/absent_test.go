package e2e_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/exawire/exawire"
	"github.com/exawire/exawire/commands"
)

// quietMethods are those that have nothing to fail at: they do nothing where nothing is open.
var quietMethods = map[string]bool{
	"Session.Close": true, "Stmt.Close": true, "Tx.Rollback": true, "Parallel.Close": true, "Parallel.Each": true, "Result.Close": true,
	"Rows.Close": true,
}

// TestMethodsOfWhatNobodyOpened calls every exported method of nil pointers and of zero values, and those of things that are
// open without a context. None may panic, and those that can fail have to.
func TestMethodsOfWhatNobodyOpened(t *testing.T) {
	for _, v := range []any{
		(*exawire.Session)(nil), &exawire.Session{}, (*exawire.Stmt)(nil), &exawire.Stmt{}, (*exawire.Tx)(nil), &exawire.Tx{},
		(*exawire.Client)(nil), &exawire.Client{}, (*exawire.Parallel)(nil), &exawire.Parallel{}, (*exawire.Result)(nil),
		(*exawire.Rows)(nil),
	} {
		callAll(t, reflect.ValueOf(v), t.Context(), "nil or zero")
	}
	var zero exawire.Session
	if diff := cmp.Diff("exawire: session is closed: it was never opened: look at the error of Connect", fmt.Sprint(zero.Ping(t.Context()))); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	_, err := exawire.Insert(t.Context(), nil, "T", func(func(int) bool) {})
	if !errors.Is(err, exawire.ErrSessionClosed) {
		t.Errorf("Insert: %v", err)
	}
}

func TestMethodsWithoutContext(t *testing.T) {
	_, sess := tableServer(t, "A DECIMAL(18,0)")
	client := clientOf(t)
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO t (A) VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	tx, err := sess.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	callAll(t, reflect.ValueOf(client), nil, "no context")
	callAll(t, reflect.ValueOf(tx), nil, "no context")
	callAll(t, reflect.ValueOf(stmt), nil, "no context")
	callAll(t, reflect.ValueOf(sess), nil, "no context") // Close is among the first
	_, other := tableServer(t, "A DECIMAL(18,0)")
	for _, err := range []error{
		other.Ping(nil), //nolint:staticcheck // what this is about
		func() error {
			_, err := exawire.Insert[int](nil, other, "t", func(func(int) bool) {}) //nolint:staticcheck // what this is about
			return err
		}(),
		func() error {
			_, err := exawire.Connect(nil, "exa:h;user=u") //nolint:staticcheck // what this is about
			return err
		}(),
	} {
		if diff := cmp.Diff("exawire: the context is nil: use context.Background()", fmt.Sprint(err)); diff != "" {
			t.Errorf("text (-want +got):\n%s", diff)
		}
	}
	checkUsable(t, other)
}

func clientOf(t *testing.T) *exawire.Client {
	t.Helper()
	client, err := exawire.New(&exawire.Config{Host: "h.invalid", User: "u"})
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// callAll calls all methods of v, with arguments that are right as far as one can be right.
func callAll(t *testing.T, v reflect.Value, ctx context.Context, what string) { //nolint:revive // the context is one of the arguments to pass on
	t.Helper()
	typ := v.Type().Elem().Name()
	for i := range v.NumMethod() {
		name := typ + "." + v.Type().Method(i).Name
		m := v.Method(i)
		if ctx == nil && (m.Type().NumIn() == 0 || m.Type().In(0) != reflect.TypeFor[context.Context]()) {
			continue
		}
		t.Run(what+"/"+name, func(t *testing.T) {
			var args []reflect.Value
			for j := range m.Type().NumIn() {
				if typ := m.Type().In(j); m.Type().IsVariadic() && j == m.Type().NumIn()-1 {
					args = append(args, variadicOf(typ)...)
				} else {
					args = append(args, argumentOf(typ, ctx))
				}
			}
			outs := m.Call(args)
			if len(outs) == 0 {
				return
			}
			last := outs[len(outs)-1]
			switch {
			case last.Type() == reflect.TypeFor[error]():
				if err, _ := last.Interface().(error); !quietMethods[name] && (err == nil || !strings.HasPrefix(err.Error(), "exawire: ")) {
					t.Errorf("error is %v", err)
				}
			case last.Kind() == reflect.Func && last.Type().CanSeq2():
				n := 0
				for _, err := range last.Seq2() {
					n++
					if err.IsNil() {
						t.Error("there is something, and no error")
					}
				}
				if n != 1 {
					t.Errorf("%d pairs", n)
				}
			}
		})
	}
}

// variadicOf returns the last arguments.
func variadicOf(typ reflect.Type) []reflect.Value {
	switch typ {
	case reflect.TypeFor[[]exawire.Attribute]():
		return []reflect.Value{reflect.ValueOf(exawire.Autocommit(true))}
	case reflect.TypeFor[[]any]():
		return []reflect.Value{reflect.ValueOf(1)}
	case reflect.TypeFor[[]exawire.ParamColumn]():
		return []reflect.Value{reflect.ValueOf(exawire.Values([]int{1}))}
	}
	return nil
}

func argumentOf(typ reflect.Type, ctx context.Context) reflect.Value { //nolint:revive // the context is one of the arguments to pass on
	var arg any
	switch typ {
	case reflect.TypeFor[context.Context]():
		if ctx == nil {
			return reflect.Zero(typ)
		}
		arg = ctx
	case reflect.TypeFor[*commands.ResultSet]():
		arg = &commands.ResultSet{}
	case reflect.TypeFor[commands.Raw]():
		arg = commands.Raw{Name: "getHosts"}
	case reflect.TypeFor[[]int]():
		arg = []int{1}
	case reflect.TypeFor[int]():
		arg = 1
	case reflect.TypeFor[string]():
		arg = "SELECT A FROM T"
	case reflect.TypeFor[io.Reader]():
		arg = strings.NewReader("SELECT 1; SELECT 2")
	case reflect.TypeFor[iter.Seq2[[]any, error]]():
		arg = iter.Seq2[[]any, error](func(yield func([]any, error) bool) { yield([]any{1}, nil) })
	case reflect.TypeFor[func(*exawire.Tx) error]():
		arg = func(*exawire.Tx) error { return nil }
	case reflect.TypeFor[fmt.State]():
		arg = printer{}
	default:
		return reflect.Zero(typ)
	}
	return reflect.ValueOf(arg)
}

// printer is what package fmt gives to Format.
type printer struct{}

func (printer) Write(p []byte) (int, error) { return len(p), nil }
func (printer) Width() (int, bool)          { return 0, false }
func (printer) Precision() (int, bool)      { return 0, false }
func (printer) Flag(int) bool               { return false }

// TestNothingToCall gives nil sequences, functions and readers to all that take one. Nothing is sent.
func TestNothingToCall(t *testing.T) {
	srv, sess := tableServer(t, "A DECIMAL(18,0)")
	stmt, err := sess.Prepare(t.Context(), "INSERT INTO t (A) VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close(t.Context())
	group, err := sess.Parallel(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close(t.Context())
	first := func(seq iter.Seq2[int, error]) (err error) {
		for _, err = range seq {
			break
		}
		return err
	}
	_, insert := exawire.Insert[int](t.Context(), sess, "t", nil)
	_, insertEach := exawire.InsertEach[int](t.Context(), sess, "t", nil)
	_, execRows := stmt.ExecRows(t.Context(), nil)
	_, each := exawire.InsertEach(t.Context(), sess, "t", exawire.WithoutErrors[int](nil))
	var script error
	for _, script = range sess.RunScript(t.Context(), nil) {
		break
	}
	var split error
	for _, split = range exawire.SplitSQL(nil) {
		break
	}
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"Insert":        {insert, "exawire: the sequence of rows is nil"},
		"InsertEach":    {insertEach, "exawire: the sequence of rows is nil"},
		"ExecRows":      {execRows, "exawire: the sequence of rows is nil"},
		"WithoutErrors": {first(exawire.WithoutErrors[int](nil)), "exawire: the sequence of rows is nil"},
		"both":          {each, "exawire: the source failed before the first row: the sequence of rows is nil"},
		"RunTx":         {sess.RunTx(t.Context(), nil), "exawire: the function is nil"},
		"Parallel.Each": {group.Each(t.Context(), nil), "exawire: the function is nil"},
		"RunScript":     {script, "exawire: the reader is nil"},
		"SplitSQL":      {split, "exawire: the reader is nil"},
	} {
		if diff := cmp.Diff(tt.want, fmt.Sprint(tt.err)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if name != "WithoutErrors" && !exawire.SafeToRetry(tt.err) {
			t.Errorf("%s: something was sent", name)
		}
	}
	if n := len(srv.Requests("executePreparedStatement")); n > 0 {
		t.Errorf("%d statements were run", n)
	}
}
