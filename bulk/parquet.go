package bulk

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/exawire/exawire"
)

// formatParquet is how the names of such files end in a statement.
const formatParquet = ".parquet"

// firstWithParquet is the release that has brought IMPORT FROM PARQUET.
const firstWithParquet = "2025.1.11"

// withoutParquet is a release after that which takes such files from S3 alone.
const withoutParquet = "2025.2.0"

// knowsParquet reports whether a release has it. One that cannot be read is taken for a new one.
func knowsParquet(version string) bool {
	if version == withoutParquet {
		return false
	}
	r, first := releaseOf(version), releaseOf(firstWithParquet)
	if r == (release{}) || r != first {
		return !r.before(first)
	}
	patch := func(version string) int {
		n, err := strconv.Atoi(version[strings.LastIndexByte(version, '.')+1:])
		if err != nil {
			return 0
		}
		return n
	}
	return patch(version) >= patch(firstWithParquet)
}

// parquetFile is a file of the file system, which is opened when the database first asks for it.
type parquetFile struct {
	path string

	mu     sync.Mutex
	file   *os.File // nil while it is not open
	closed bool     // for good
}

// ReadAt opens the file if need be.
func (p *parquetFile) ReadAt(b []byte, at int64) (int, error) {
	f, err := p.open()
	if err != nil {
		return 0, err
	}
	return f.ReadAt(b, at)
}

func (p *parquetFile) open() (_ *os.File, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return nil, os.ErrClosed
	case p.file == nil:
		p.file, err = os.Open(p.path)
	}
	return p.file, err
}

// Close closes the file, if it was opened.
func (p *parquetFile) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

// onlyParquet reports whether files have this format. A statement takes files of one format.
func onlyParquet(list []origin) (bool, error) {
	n := 0
	for _, o := range list {
		if o.parquet != nil {
			n++
		}
	}
	if n > 0 && n < len(list) {
		return false, errors.New("some files are Parquet, and others are not: import them by a call of their own")
	}
	return n > 0, nil
}

// checkParquet returns what keeps Parquet files from being imported.
func checkParquet(s *exawire.Session, o *options) error {
	switch {
	case !knowsParquet(s.Info().ReleaseVersion):
		return fmt.Errorf("release %s of the database does not import Parquet from clients, as those from %s on do, other than %s: convert the file to CSV",
			s.Info().ReleaseVersion, firstWithParquet, withoutParquet)
	case !reflect.ValueOf(o.csv).IsZero():
		return errors.New("format: Parquet files have none of the options of CSV")
	case o.compress || o.compressed != "":
		return errors.New("compress: Parquet files are compressed inside, and the database reads parts of them")
	}
	return nil
}
