package settings_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/exawire/exawire/commands"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/exawire/exawire/internal/settings"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// Every attribute but OpenTransaction is looked at, those to come as well.
func TestDifferencesSeeEveryAttribute(t *testing.T) {
	var want commands.Attributes
	v := reflect.ValueOf(&want).Elem()
	for i := range v.NumField() {
		now := want
		f := reflect.ValueOf(&now).Elem().Field(i)
		switch f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.String:
			f.SetString("x")
		default:
			f.SetInt(int64(time.Second))
		}
		name := v.Type().Field(i).Name
		if got := settings.Differences(now, want); (len(got) == 1) == (name == "OpenTransaction") {
			t.Errorf("%s: differences are %v", name, got)
		}
	}
	if n := len(commands.AllAttributes()); n != v.NumField() {
		t.Errorf("%d attributes, %d fields", n, v.NumField())
	}
}
