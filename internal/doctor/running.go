package doctor

import (
	"cmp"
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/skillpkg"
)

// A RunningService is what a running service knows about itself.
type RunningService struct {
	Config  *config.Config
	Listens net.Addr            // the address of the public listener
	Chain   []*x509.Certificate // the listener's chain for the public host; nil: a proxy has it, or there is none yet
	Roots   *x509.CertPool      // nil: the system's
	Now     time.Time
}

// The names of checks of a running service. They are the same in skill check.
const (
	CertificateHostCheck = "certificate host"
	CertificatePathCheck = "certificate path"
	CertificateTypeCheck = "certificate type"
	DNSCheck             = "dns"
	PortCheck            = "port 443"
	certificateDates     = "certificate dates"
	clockCheck           = "clock"
)

// Examine judges the certificate, DNS and port of a running service. Unlike skill check, it reports only what is certain from
// inside as a fault: each fault is logged and may wake someone. Fail means that Alexa certainly cannot use the service.
func (s RunningService) Examine(r Reach) []Finding {
	return append(s.judgeCertificate(r), s.judgeDNS(r), s.judgePort(r))
}

// judgeCertificate judges the chain that Alexa gets: the listener's, or that of a proxy in front, if the request has come
// through one.
func (s RunningService) judgeCertificate(r Reach) []Finding {
	chain, remedy, worst := s.Chain, "put the intermediate certificates after the certificate in tls.cert_file, or get one from a "+
		"CA that Amazon trusts", Warn
	front := r.front(s.Chain)
	switch {
	case front != nil:
		chain, remedy = front, "let the proxy send the full chain of a CA that Amazon trusts"
	case chain == nil && s.Config.TLS.Mode == config.TLSOff:
		return unknownCertificate("not checked: tls.mode is off, and the proxy has the certificate")
	case chain == nil:
		return unknownCertificate("not issued yet")
	case r.isDirect(s.Chain, s.Listens):
		worst = Fail
	}
	findings := presentedChain{
		leaf: chain[0], intermediates: chain[1:], host: s.Config.PublicHost(), roots: s.Roots, now: s.Now, remedy: remedy,
	}.checkChain("certificate")
	for i := range findings {
		findings[i] = s.weigh(findings[i], chain[0], worst)
	}
	return findings
}

// weigh lowers the verdict of a finding that is not a fault of a running service, or is not certain.
func (s RunningService) weigh(f Finding, leaf *x509.Certificate, worst Verdict) Finding {
	chosen := s.Config.TLS.Mode == config.TLSSelfSigned && skillpkg.ClassifyCertificate(leaf, "") == skillpkg.SelfSigned
	switch {
	case f.Check == CertificateHostCheck && s.Config.PublicHost() == "":
		f.Verdict = Unknown
	case f.Check == CertificateTypeCheck && chosen: // the operator has chosen it, for a skill in development
		f.Verdict, f.Remedy = OK, ""
	case f.Verdict == Fail:
		f.Verdict = worst
	}
	return f
}

// unknownCertificate returns the findings about a certificate that the service cannot see.
func unknownCertificate(message string) (findings []Finding) {
	for _, name := range []string{certificateDates, CertificateHostCheck, CertificatePathCheck, CertificateTypeCheck} {
		findings = append(findings, Finding{Unknown, name, message, ""})
	}
	return findings
}

// judgeDNS judges the addresses of the public host. A private address is not a fault, because a local resolver or /etc/hosts
// often has one for a host that has a public address elsewhere.
func (s RunningService) judgeDNS(r Reach) Finding {
	host := s.Config.PublicHost()
	switch {
	case host == "":
		return unknownHost(DNSCheck)
	case r.Absent:
		return Finding{Warn, DNSCheck, host + " has no address",
			"add an A record, and an AAAA record where there is IPv6, with the service's public address"}
	case r.Err != nil:
		return Finding{Unknown, DNSCheck, fmt.Sprintf("%s could not be looked up: %v", host, r.Err), ""}
	}
	var right, wrong, unclear []netip.Addr
	for _, a := range r.Addresses {
		switch s.judgeAddress(r, a) {
		case OK:
			right = append(right, a.address)
		case Warn:
			wrong = append(wrong, a.address)
		default:
			unclear = append(unclear, a.address)
		}
	}
	return describeAddresses(host, right, wrong, unclear)
}

// unknownHost returns the finding of a check that needs the public host.
func unknownHost(check string) Finding {
	return Finding{Unknown, check, "the public host is unknown", "set public_url to the public address of this service"}
}

// judgeAddress returns OK if an address leads to this service, Warn if it certainly does not, and else Unknown.
func (s RunningService) judgeAddress(r Reach, a reachedAddress) Verdict {
	canCompare := s.Config.TLS.Mode != config.TLSOff && isPublicAddress(a.address) && len(r.ownPublic(a.address)) > 0
	switch {
	case a.target == thisService || r.isOwn(a.address):
		return OK
	case a.target == sameProgram && !canCompare:
		return OK
	case a.target == sameProgram: // another replica, or the machine where the service was before
		return Unknown
	case canCompare || s.isMisdirected(a):
		return Warn
	}
	return Unknown
}

// isMisdirected reports whether the operator's own server answers for the public host, and does not pass requests on. Only the
// operator's server has a valid certificate for the host. A router's web page does not. Status 403 and the like are not a
// proof, because a firewall may treat the request differently from Alexa's requests.
func (s RunningService) isMisdirected(a reachedAddress) bool {
	if a.target != otherServer || len(a.chain) == 0 || a.chain[0].VerifyHostname(s.Config.PublicHost()) != nil {
		return false
	}
	chain := presentedChain{leaf: a.chain[0], intermediates: a.chain[1:], roots: s.Roots, now: s.Now}
	return chain.verifyChain("").Verdict == OK && (a.status/100 == 3 || slices.Contains([]int{404, 405, 421, 502, 503, 504}, a.status))
}

func describeAddresses(host string, right, wrong, unclear []netip.Addr) Finding {
	switch {
	case len(wrong) > 0 && len(right) > 0:
		return Finding{Warn, DNSCheck, fmt.Sprintf("%s is %s, this service, and also %s, where this service does not answer", host,
			joinAddresses(right), joinAddresses(wrong)), "correct or remove the other record: Alexa uses either"}
	case len(wrong) > 0:
		return Finding{Warn, DNSCheck, fmt.Sprintf("%s is %s, where this service does not answer", host, joinAddresses(wrong)),
			"correct the DNS record; if a proxy is there, let it forward each POST to this service"}
	case len(unclear) > 0:
		return Finding{Unknown, DNSCheck, fmt.Sprintf("%s is %s; whether this leads to the service cannot be seen from this machine", host,
			joinAddresses(unclear)), ""}
	}
	return Finding{OK, DNSCheck, fmt.Sprintf("%s is %s, this service", host, joinAddresses(right)), ""}
}

// judgePort judges whether port 443 of the public host leads to the service. Only a refused connection to an address of this
// machine is a fault: routers and load balancers often refuse connections from inside.
func (s RunningService) judgePort(r Reach) Finding {
	closed := slices.IndexFunc(r.Addresses, func(a reachedAddress) bool { return a.target == refused && r.isOwn(a.address) })
	open := slices.IndexFunc(r.Addresses, func(a reachedAddress) bool { return a.target == thisService || a.target == sameProgram })
	behindProxy := s.Config.TLS.Mode == config.TLSOff
	switch {
	case open >= 0 && closed < 0:
		return Finding{OK, PortCheck, fmt.Sprintf("port 443 of %s leads to this service", r.Addresses[open].address), ""}
	case closed >= 0 && behindProxy:
		return Finding{Warn, PortCheck,
			fmt.Sprintf("%s refuses connections to port 443, because no proxy listens there", r.Addresses[closed].address),
			"start the proxy, and let it forward each POST to " + s.Listens.String()}
	case closed >= 0:
		return Finding{Warn, PortCheck,
			fmt.Sprintf("%s refuses connections to port 443, because the service listens at %s: Alexa connects only to port 443",
				r.Addresses[closed].address, s.Listens),
			`set listen to ":443", or forward port 443 to the service`}
	case !behindProxy && listensAtAlexaPort(s.Listens):
		return Finding{OK, PortCheck, "the service listens there", ""}
	case s.Config.PublicHost() == "":
		return unknownHost(PortCheck)
	}
	return Finding{Unknown, PortCheck, "whether port 443 leads to the service cannot be seen from this machine", ""}
}

// A ClockReading is a comparison of this machine's clock with a server's.
type ClockReading struct {
	Source string        // the server
	Off    time.Duration // how far this clock is ahead
}

// signatureTolerance is how far the clock can be off before the service refuses Alexa's requests.
const signatureTolerance = 150 * time.Second

// ExamineClock judges the clock by the feeds' servers. If the closest one contradicts this clock, it asks another server, because
// a feed's server may be wrong, or its answer may come from a cache. It needs the network only then.
func (o Network) ExamineClock(ctx context.Context, readings []ClockReading) Finding {
	if len(readings) == 0 {
		return Finding{Unknown, clockCheck, "not compared: no feed's server has answered with a Date header", ""}
	}
	best := slices.MinFunc(readings, func(a, b ClockReading) int { return cmp.Compare(a.Off.Abs(), b.Off.Abs()) })
	message := fmt.Sprintf("%s off from the clock of %s", best.Off.Abs().Round(time.Second), best.Source)
	if best.Off.Abs() <= clockWarns {
		return Finding{OK, clockCheck, message, ""}
	}
	began := time.Now()
	remote, err := o.serverTime(ctx)
	if err != nil {
		return Finding{Unknown, clockCheck, message + "; no other server has confirmed this", ""}
	}
	off := began.Add(time.Since(began) / 2).Sub(remote)
	f := Finding{OK, clockCheck, fmt.Sprintf("%s off from another server's clock, but %s", off.Abs().Round(time.Second), message), ""}
	if off.Abs() > clockWarns && off < 0 == (best.Off < 0) {
		f = Finding{Warn, clockCheck, message + ", and another server confirms it", clockRemedy}
		if min(off.Abs(), best.Off.Abs()) > signatureTolerance {
			f.Verdict = Fail
		}
	}
	return f
}
