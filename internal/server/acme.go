package server

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
)

const (
	// renewEvery is how often a certificate is looked at for its renewal, whose time the CA says (RFC 9773).
	renewEvery = 10 * time.Minute
	// maxPlain bounds the connections of the listener for HTTP-01: of its callers only the CA gets an answer.
	maxPlain = 64
	// cleanEvery and keepEnded bound what lies in Dir.
	cleanEvery, keepEnded = 24 * time.Hour, 30 * 24 * time.Hour
)

// ErrNoCertificate is why a handshake fails before the CA has issued anything. A certificate of our own making in its
// place would be refused by everybody too, and look like a mistake of another kind.
var ErrNoCertificate = errors.New("no certificate yet")

// An ACME gets the certificates of the public listener from a CA (RFC 8555), a certificate a domain, and renews them when
// the CA says. The CA's question is answered by the public listener (RFC 8737), which must be what the world reaches on
// port 443, or at HTTPListen. Other processes may share Dir: one of them asks the CA, and all answer it.
type ACME struct {
	Domains      []string       // whoever asks for another, or for none, is shown the first one's certificate
	Email        string         // where the CA may write to; "": nowhere
	Directory    string         // URL of the CA's directory; "": Let's Encrypt
	EABKeyID     string         // of the key that binds the account to one that the CA knows; "": none
	EABKey       string         // that key in base64url
	HTTPListen   string         // HOST:PORT of a plain listener for the CA's question (RFC 8555, section 8.3); "": none
	HTTPListener net.Listener   // that listener, where it is open already; nil: it is opened at HTTPListen
	Dir          string         // holds accounts, keys and certificates, for their owner alone
	Roots        *x509.CertPool // who may vouch for the directory's server; nil: whom the system trusts
	RenewEvery   time.Duration  // how often to see whether renewal is due; 0: ten minutes

	plain   net.Listener
	cache   *certmagic.Cache
	storage *acmeStorage
	domains []*acmeDomain
}

// Kept is what lies in Dir of a domain's certificate. Where there is none yet, the error is fs.ErrNotExist.
func (a *ACME) Kept(domain string) (*Certificate, error) {
	issuer := certmagic.ACMEIssuer{CA: cmp.Or(a.Directory, certmagic.LetsEncryptProductionCA)}
	site := strings.ToLower(domain)
	cert := filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SiteCert(issuer.IssuerKey(), site)))
	key := filepath.Join(a.Dir, filepath.FromSlash(certmagic.StorageKeys.SitePrivateKey(issuer.IssuerKey(), site)))
	return LoadCertificate(cert, key)
}

// listen takes the address for HTTP-01, where there is one.
func (a *ACME) listen(ctx context.Context) error {
	if a.HTTPListener == nil && a.HTTPListen == "" {
		return nil
	}
	listener, err := listen(ctx, a.HTTPListener, a.HTTPListen)
	if err != nil {
		return fmt.Errorf("listener for HTTP-01: %w", err)
	}
	a.plain = &boundedListener{Listener: listener, max: maxPlain}
	return nil
}

// close gives the address back.
func (a *ACME) close() error {
	if a.plain == nil {
		return nil
	}
	return a.plain.Close()
}

// prepare makes ready for handshakes. Nothing is asked of the CA before watch, and public listens by then.
func (a *ACME) prepare(public net.Addr, log *slog.Logger, now func() time.Time) {
	a.storage = newACMEStorage(a.Dir)
	a.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   a.configOf,
		RenewCheckInterval: cmp.Or(a.RenewEvery, renewEvery),
		Logger:             quietLogger(log),
	})
	for _, name := range a.Domains {
		d := &acmeDomain{name: strings.ToLower(name), log: log.With("domain", name), now: now, bound: a.EABKeyID != "", again: make(chan struct{}, 1)}
		d.config = certmagic.New(a.cache, certmagic.Config{
			Storage: a.storage,
			OnEvent: d.event,
			Logger:  d.logger(),
			OCSP:    certmagic.OCSPConfig{DisableStapling: true}, // it is gone from the CAs, and would be asked for at start
		})
		d.config.Issuers = []certmagic.Issuer{a.issuer(d, public)}
		a.domains = append(a.domains, d)
	}
}

// issuer is the CA. The addresses keep certmagic from listening by itself: it finds that somebody listens there already.
func (a *ACME) issuer(d *acmeDomain, public net.Addr) *certmagic.ACMEIssuer {
	template := certmagic.ACMEIssuer{
		CA: a.Directory, Email: a.account(), Agreed: true, TrustedRoots: a.Roots, Logger: d.logger(),
		DisableHTTPChallenge: a.plain == nil,
	}
	if a.EABKeyID != "" {
		template.ExternalAccount = &acme.EAB{KeyID: a.EABKeyID, MACKey: a.EABKey}
	}
	if tcp, ok := public.(*net.TCPAddr); ok {
		template.ListenHost, template.AltTLSALPNPort = hostOf(tcp), tcp.Port
	}
	if a.plain != nil {
		template.AltHTTPPort = a.plain.Addr().(*net.TCPAddr).Port
	}
	return certmagic.NewACMEIssuer(d.config, template)
}

// hostOf is the host of an address that something listens at; "" is every one.
func hostOf(addr *net.TCPAddr) string {
	if addr.IP.IsUnspecified() {
		return ""
	}
	return addr.IP.String()
}

func (a *ACME) configOf(cert certmagic.Certificate) (*certmagic.Config, error) {
	for _, d := range a.domains {
		if slices.Contains(cert.Names, d.name) {
			return d.config, nil
		}
	}
	return nil, fmt.Errorf("no domain of the certificate for %s", strings.Join(cert.Names, ", "))
}

// get gives the certificate for the name that is asked for, and the first there is to whoever asks for another: an
// unrecognized_name alert makes Alexa give up. To the CA's question it gives the answer.
func (a *ACME) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	asked := a.domain(hello.ServerName)
	if slices.Equal(hello.SupportedProtos, []string{acmez.ACMETLS1Protocol}) {
		if asked == nil {
			return nil, fmt.Errorf("not a domain of this service: %q", hello.ServerName)
		}
		return asked.config.GetCertificateWithContext(hello.Context(), hello)
	}
	if asked != nil {
		if cert := a.newest(asked); cert != nil {
			return &cert.Certificate, nil
		}
	}
	for _, d := range a.domains {
		if cert := a.newest(d); cert != nil {
			return &cert.Certificate, nil
		}
	}
	return nil, ErrNoCertificate
}

// domain is the one of that name; nil: none is.
func (a *ACME) domain(name string) *acmeDomain {
	for _, d := range a.domains {
		if strings.EqualFold(d.name, name) {
			return d
		}
	}
	return nil
}

// newest is the certificate of a domain; nil where there is none yet.
func (a *ACME) newest(d *acmeDomain) (newest *certmagic.Certificate) {
	for _, cert := range a.cache.AllMatchingCertificates(d.name) {
		if newest == nil || cert.Leaf.NotAfter.After(newest.Leaf.NotAfter) {
			newest = &cert
		}
	}
	return newest
}

// protocols are what a handshake may agree on: the second is the CA's question.
func (a *ACME) protocols() []string { return []string{"http/1.1", acmez.ACMETLS1Protocol} }

// watch gets the certificates and keeps them new until ctx ends, and returns when nothing of it goes on.
func (a *ACME) watch(ctx context.Context, log *slog.Logger) {
	var domains, begun sync.WaitGroup
	begun.Add(len(a.domains))
	for _, d := range a.domains {
		domains.Go(func() {
			done := d.begin(ctx)
			begun.Done()
			if done {
				// What was found may be due for renewal: that is not to wait for the first look.
				_ = a.cache.RenewManagedCertificates(ctx) // says what is wrong by d's logger
			}
		})
	}
	domains.Go(func() {
		begun.Wait()
		a.clean(ctx, log)
	})
	<-ctx.Done()
	domains.Wait()
	a.cache.Stop()
	a.storage.await(drainTimeout)
}

// clean removes the certificates that ended long ago, such as those of domains that are configured no more. By a clock that
// is years ahead, as of a machine without a battery that has just started, all have ended: so none is removed unless each
// of our own is valid.
func (a *ACME) clean(ctx context.Context, log *slog.Logger) {
	for i, certificate := range a.status() {
		if ctx.Err() != nil || !certificate.ready(a.domains[i].now()) {
			return
		}
	}
	err := certmagic.CleanStorage(ctx, a.storage, certmagic.CleanStorageOptions{
		Logger: quietLogger(log), Interval: cleanEvery, ExpiredCerts: true, ExpiredCertGracePeriod: keepEnded,
	})
	if err != nil {
		log.Warn("old certificates not removed", "error", err.Error())
	}
}

// reload asks the CA at once for what is missing, as whoever has opened a port does not want to wait.
func (a *ACME) reload(*slog.Logger) {
	for _, d := range a.domains {
		select {
		case d.again <- struct{}{}:
		default:
		}
	}
}

func (a *ACME) status() (all []certificateStatus) {
	for _, d := range a.domains {
		status := certificateStatus{name: d.name, err: d.why()}
		if cert := a.newest(d); cert != nil {
			status.notAfter = cert.Leaf.NotAfter
		}
		all = append(all, status)
	}
	return all
}

// ServeHTTP answers the CA's question over plain HTTP, and nothing else.
func (a *ACME) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	if d := a.domain(host); d != nil && d.config.Issuers[0].(*certmagic.ACMEIssuer).HandleHTTPChallenge(w, r) {
		return
	}
	http.NotFound(w, r)
}
