package doctor

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"strings"
)

// Amazon does not document Alexa's TLS client. Its User-Agent, Apache-HttpClient/4.5.x (Java/1.8.0_…), names Java 8:
//
//   - Java 8 enables TLS 1.2 by default. TLS 1.3 came with 8u261, where clients have to switch it on (JDK-8245485).
//   - Its suites are in Oracle's "Java Cryptography Architecture: Oracle Providers Documentation for JDK 8", section "The SunJSSE
//     Provider", and in JEP 115. ChaCha20 is not among them. Suites with AES-256 need the unlimited policy, which is the default
//     since 8u161.
//   - Its elliptic curves include P-256, P-384 and P-521. X25519 came with Java 11 (JEP 324).
//   - Its trust store has the root of Let's Encrypt, ISRG Root X1, since 8u141 (Let's Encrypt's list of compatible clients).
//     Amazon may use its own list of roots.
//
// Reports of people who host skills say that a client of Amazon offered only suites with CBC, so that servers without one
// failed: github.com/nginx-proxy/nginx-proxy issue 1440, github.com/linuxserver-archive/docker-letsencrypt issue 499. Reports
// also disagree on AES-128-CBC with SHA-256: github.com/mikeflynn/go-alexa pull requests 43 and 53.

// java8Suites returns the suites of a plain Java 8 client that Go has too. Java 8 also offers suites with DHE and with
// AES-256-CBC and SHA-384, which Go does not have. A server that has only these is reported as unreachable.
func java8Suites() []uint16 { return append(java8AEAD(), java8CBC()...) }

func java8AEAD() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_GCM_SHA256,
	}
}

func java8CBC() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_128_CBC_SHA,
	}
}

// java8TLS offers what a plain Java 8 client offers, limited to suites.
func java8TLS(host string, suites []uint16) *tls.Config {
	return &tls.Config{
		ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12,
		CipherSuites: suites, CurvePreferences: []tls.CurveID{tls.CurveP256, tls.CurveP384, tls.CurveP521},
	}
}

// checkVersions checks the TLS versions and suites. state is the result of a handshake with Go's own settings.
func (t EndpointCheck) checkVersions(ctx context.Context, o Network, address string, state *tls.ConnectionState) Finding {
	versions := tls.VersionName(state.Version)
	java, err := handshake(ctx, o, address, java8TLS(t.URL.Hostname(), java8Suites()))
	switch {
	case isTimeout(err):
		return slowTLS12(address, versions)
	case err != nil:
		return t.explainJava8(ctx, o, address, state)
	}
	if state.Version > tls.VersionTLS12 {
		versions += " and TLS 1.2"
	}
	f := Finding{OK, "url tls", address + " speaks " + versions, ""}
	if slices.Contains(java8CBC(), java.CipherSuite) {
		return f
	}
	if _, err := handshake(ctx, o, address, java8TLS(t.URL.Hostname(), java8CBC())); err != nil && !isTimeout(err) {
		f.Message += ", for TLS 1.2 only with authenticated encryption"
		f.Remedy = "if Alexa cannot connect, also offer " + keyTypeOf(java.CipherSuite, "TLS_ECDHE_%s_WITH_AES_128_CBC_SHA") +
			": some of Amazon's clients are reported to need it"
	}
	return f
}

// explainJava8 finds out why a Java 8 client cannot connect, although a client with Go's settings can.
func (t EndpointCheck) explainJava8(ctx context.Context, o Network, address string, state *tls.ConnectionState) Finding {
	versions, chosen := tls.VersionName(state.Version), state
	if state.Version > tls.VersionTLS12 {
		only := permissiveTLS(t.URL.Hostname())
		only.MinVersion, only.MaxVersion = tls.VersionTLS12, tls.VersionTLS12
		var err error
		if chosen, err = handshake(ctx, o, address, only); isTimeout(err) {
			return slowTLS12(address, versions)
		} else if err != nil {
			return Finding{Warn, "url tls", address + " speaks " + versions + " and not TLS 1.2",
				"also offer TLS 1.2: Alexa's client may need it"}
		}
		versions += " and TLS 1.2"
	}
	what, name := "cipher suite", tls.CipherSuiteName(chosen.CipherSuite)
	remedy := "also offer " + keyTypeOf(chosen.CipherSuite,
		"TLS_ECDHE_%[1]s_WITH_AES_128_GCM_SHA256 and TLS_ECDHE_%[1]s_WITH_AES_128_CBC_SHA")
	if slices.Contains(java8Suites(), chosen.CipherSuite) {
		what, name, remedy = "elliptic curve", chosen.CurveID.String(), "also offer P-256 (prime256v1)"
	}
	return Finding{Warn, "url tls", fmt.Sprintf("%s speaks %s, but shares no %s with a Java 8 client: for TLS 1.2 it chose %s",
		address, versions, what, name), "Alexa's client names Java 8: " + remedy}
}

// keyTypeOf inserts the type of the certificate's key, RSA or ECDSA, which a suite names, into the names of other suites.
func keyTypeOf(suite uint16, format string) string {
	if strings.Contains(tls.CipherSuiteName(suite), "_ECDSA_") {
		return fmt.Sprintf(format, "ECDSA")
	}
	return fmt.Sprintf(format, "RSA")
}

func slowTLS12(address, versions string) Finding {
	return Finding{Warn, "url tls",
		fmt.Sprintf("%s speaks %s; a TLS 1.2 handshake did not finish within %s", address, versions, dialTimeout),
		"find out why it is slow, and check again"}
}
