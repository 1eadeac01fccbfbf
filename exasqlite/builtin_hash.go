package exasqlite

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"database/sql/driver"
	"encoding/hex"
)

// Hashes. The database hashes the bytes of a text in UTF-8. Of any other type it hashes an internal form that nobody
// outside knows, so that is refused.

// hashSums are the hash functions by the end of their name. Each comes as HASH_, which gives CHAR, and as HASHTYPE_, which
// gives the type of this name.
var hashSums = map[string]func([]byte) []byte{
	"MD5":    func(b []byte) []byte { s := md5.Sum(b); return s[:] },
	"SHA":    sumSHA1,
	"SHA1":   sumSHA1,
	"SHA256": func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
	"SHA512": func(b []byte) []byte { s := sha512.Sum512(b); return s[:] },
}

// sumSHA1 has two names: SHA is SHA1.
func sumSHA1(b []byte) []byte { s := sha1.Sum(b); return s[:] }

func init() {
	for name, sum := range hashSums {
		digits := 2 * len(sum(nil))
		builtins["HASH_"+name] = hash(typ{kind: kindChar, p: digits, ascii: true}, sum)
		builtins["HASHTYPE_"+name] = hash(typ{kind: kindHash, p: digits}, sum)
	}
}

// hash makes a hash function of texts. Of other types the database hashes its internal form, and so it does with
// several arguments.
func hash(t typ, sum func([]byte) []byte) builtin {
	return builtin{1, 1, func(b *binder, x *exCall, args []bound) (bound, error) {
		v := b.settle(args[0], typeText)
		if !v.t.text() && v.t.kind != kindNull {
			return v, unsupported(x.pos, "%s of %s", x.name, v.t)
		}
		v, err := b.coerce(v, varcharType(max(v.t.p, 1), v.t.ascii), "")
		if err != nil {
			return v, err
		}
		return b.strictCall(t, x.name, func(a []driver.Value) (driver.Value, error) {
			return hex.EncodeToString(sum([]byte(a[0].(string)))), nil
		}, v), nil
	}}
}
