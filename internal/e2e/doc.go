// Package e2e has the tests of package exawire that go all the way: a client, a session, and a server of package exatest,
// most of them in virtual time. It has no code of its own. Tests of what needs no server lie beside their code.
package e2e
