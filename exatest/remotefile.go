package exatest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"strings"
)

// RemoteFile is a file of an IMPORT or EXPORT that the client serves itself, through a tunnel that it has opened on the
// port of the database.
type RemoteFile struct {
	Address   string // of the clause AT, such as "http://10.0.0.11:20107"; what follows a semicolon is ignored
	PublicKey string // of the clause PUBLIC KEY, such as "sha256//...", or "" if there is none
	Name      string // of the clause FILE, such as "000.csv"
}

// FileWriter writes a [RemoteFile]. It belongs to one goroutine, and either Close or Abort ends it. Errors of the
// transfer are a [*SQLError] with 42636 and ETL-5106, and the first one is returned by all later calls; if the statement
// has ended they are the cause of that.
type FileWriter interface {
	// Write sends bytes of the file. The first Write opens the exchange with the client, even if b is empty.
	Write(b []byte) (int, error)

	// Close completes the file and waits for the client's answer to it. A file to which nothing was written is sent
	// as an empty one.
	Close() error

	// Abort gives the file up: it cuts the tunnel and leaves the file incomplete. A tunnel that was not touched stays as
	// it is. Abort after Close does nothing.
	Abort()
}

// RangedFile is a file of an IMPORT FROM PARQUET, which is read in any order: the content that the function of
// [ImportFiles] gets for it is a RangedFile. Each ReadAt is a request of its own for a range of bytes, Size is a HEAD,
// and Read goes through the file from its beginning. All requests go through the one tunnel, one after the other.
type RangedFile interface {
	io.Reader
	io.ReaderAt

	// Size returns the length of the file in bytes. The client is asked once.
	Size() (int64, error)
}

// readFile opens a file of the client for an IMPORT; see [SessionInfo].
func (s *Server) readFile(ctx context.Context, f RemoteFile) (io.ReadCloser, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &fileReader{transfer: s.newTransfer(ctx, f, readingError)}, nil
}

// writeFile opens a file of the client for an EXPORT; see [SessionInfo].
func (s *Server) writeFile(ctx context.Context, f RemoteFile) (FileWriter, error) {
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return &fileWriter{transfer: s.newTransfer(ctx, f, writingError)}, nil
}

// target is the address of the client, taken apart.
func (f RemoteFile) target() (u *url.URL, err error) {
	address, _, _ := strings.Cut(f.Address, ";") // MaxConcurrentReads=1 and the like
	u, err = url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("the address %q is neither http nor https", address)
	}
	u.Path = "/" + f.Name
	return u, nil
}

// url is the address with the file, as databases name it in their errors.
func (f RemoteFile) url() string {
	address, _, _ := strings.Cut(f.Address, ";")
	return strings.TrimSuffix(address, "/") + "/" + f.Name
}
