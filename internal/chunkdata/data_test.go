package chunkdata_test

import (
	"errors"
	"testing"

	"github.com/exawire/exawire/internal/chunkdata"
	"github.com/exawire/exawire/internal/leakcheck"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { leakcheck.Main(m) }

// errRow is the error of a row.
var errRow = errors.New("row does not fit")

// upTo writes a digit for each row before its own number, which cannot be written.
type upTo int

func (u upTo) Append(dst []byte, lo, hi int) ([]byte, error) {
	for row := lo; row < hi; row++ {
		if row >= int(u) {
			return dst, errRow
		}
		if row > lo {
			dst = append(dst, ',')
		}
		dst = append(dst, byte('0'+row%10))
	}
	return dst, nil
}

// Rows that were taken before one that cannot be written stay, and encoders can be replaced meanwhile.
func TestTakeGoesOnBehindAnError(t *testing.T) {
	data := chunkdata.New([]chunkdata.Encoder{upTo(5), upTo(100)}, 1)
	defer data.Free()
	if n, err := data.Take(0, 4, 0, 0); n != 4 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if n, err := data.Take(4, 8, 0, 0); n != 0 || !errors.Is(err, errRow) {
		t.Fatalf("%d rows, %v", n, err)
	}
	data.Bind([]chunkdata.Encoder{upTo(100), upTo(100)})
	if n, err := data.Take(4, 8, 0, 0); n != 4 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if diff := cmp.Diff("h[[0,1,2,3,4,5,6,7],[0,1,2,3,4,5,6,7]]}", string(data.Message([]byte("h[")))); diff != "" {
		t.Errorf("message (-want +got):\n%s", diff)
	}
	data.Reset()
	if n := data.Filled(); n != 0 {
		t.Errorf("%d rows are left", n)
	}
	if n, err := data.Take(8, 9, 0, 1); n != 1 || err != nil {
		t.Fatalf("%d rows, %v", n, err)
	}
	if diff := cmp.Diff("h[[8],[8]]}", string(data.Message([]byte("h[")))); diff != "" {
		t.Errorf("message after Reset (-want +got):\n%s", diff)
	}
	data.Drop()
	if n := data.Room(); n != 0 {
		t.Errorf("%d bytes are left", n)
	}
}
