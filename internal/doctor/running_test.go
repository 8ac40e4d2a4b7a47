package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"lastpost/internal/config"
	"lastpost/internal/server/selfcheck"
	"lastpost/internal/verify/verifytest"
)

// A runningFixture is a service for skill.example.com, and what its machine sees of it.
type runningFixture struct {
	endpointFixture
	service RunningService
	reach   Reach
}

func newRunningFixture(t *testing.T, mode config.TLSMode) *runningFixture {
	p := newEndpointFixture(t)
	f := &runningFixture{p, RunningService{
		Config: &config.Config{PublicURL: "https://skill.example.com", TLS: config.TLS{Mode: mode}, Skills: []config.Skill{{Path: "/alexa/halfelf"}}},
		Roots:  p.authority.Pool(), Now: time.Now(), Listens: &net.TCPAddr{IP: net.IPv6unspecified, Port: 443},
	}, Reach{}}
	if mode != config.TLSOff {
		f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{})
	}
	return f
}

func (f *runningFixture) parsedChain(template verifytest.CertificateTemplate) (chain []*x509.Certificate) {
	for _, der := range f.chain(template, f.authority.Intermediate).Certificate {
		parsed, err := x509.ParseCertificate(der)
		require.NoError(f.t, err)
		chain = append(chain, parsed)
	}
	return chain
}

// faults returns the findings that the service would log.
func (f *runningFixture) faults() (faults []Finding) {
	for _, finding := range f.service.Examine(f.reach) {
		if finding.Verdict != OK && finding.Verdict != Unknown {
			faults = append(faults, finding)
		}
	}
	return faults
}

func (f *runningFixture) verdictOf(check string) Verdict {
	f.t.Helper()
	for _, finding := range f.service.Examine(f.reach) {
		if finding.Check == check {
			return finding.Verdict
		}
	}
	f.t.Fatalf("no finding of %s", check)
	return ""
}

const foreignIPv4 = "198.51.100.1"

// TestRunningServiceWithoutFault has services that work, although some checks cannot see it. They must not name a fault.
func TestRunningServiceWithoutFault(t *testing.T) {
	t.Parallel()
	router := []netip.Addr{netip.MustParseAddr("192.168.1.5")}
	direct := []netip.Addr{publicAddress()}
	at := func(address string, target reachTarget) reachedAddress {
		return reachedAddress{address: netip.MustParseAddr(address), target: target}
	}
	for _, row := range []struct {
		claim  string
		mode   config.TLSMode
		change func(*runningFixture)
	}{
		{"everything is visible", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{{address: publicAddress(), target: thisService, chain: f.service.Chain}}}
		}},
		{"nothing was seen yet", config.TLSFiles, func(*runningFixture) {}},
		{"without public_url", config.TLSFiles, func(f *runningFixture) { f.service.Config.PublicURL = "" }},
		{"without internet access", config.TLSFiles, func(f *runningFixture) { f.reach = Reach{Err: errors.New("no route")} }},
		{"behind a router that refuses connections from inside", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: router, Addresses: []reachedAddress{at(foreignIPv4, refused)}}
		}},
		{"behind a router that drops connections from inside", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: router, Addresses: []reachedAddress{at(foreignIPv4, unreached)}}
		}},
		{"behind a router with an IPv6 address of its own", config.TLSFiles, func(f *runningFixture) {
			own := netip.MustParseAddr("2001:db8::10")
			f.reach = Reach{Own: append(router, own), Addresses: []reachedAddress{at(foreignIPv4, unreached), at("2001:db8::10", unreached)}}
		}},
		{"behind a router whose own page answers from inside", config.TLSFiles, func(f *runningFixture) {
			page := f.parsedChain(verifytest.CertificateTemplate{Names: []string{"router.local"}, SelfSigned: true})
			f.reach = Reach{Own: router, Addresses: []reachedAddress{{netip.MustParseAddr(foreignIPv4), otherServer, 200, page}}}
		}},
		{"a private address from a local resolver", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: append(router, direct...), Addresses: []reachedAddress{at("192.168.1.5", unreached), at("127.0.1.1", unreached)}}
		}},
		{"in a container behind a proxy", config.TLSOff, func(f *runningFixture) {
			f.service.Listens = &net.TCPAddr{IP: net.IPv4zero, Port: 8080}
			f.reach = Reach{Own: []netip.Addr{netip.MustParseAddr("172.17.0.2")}, Addresses: []reachedAddress{at(foreignIPv4, unreached)}}
		}},
		{"behind a proxy of another machine with a public address", config.TLSOff, func(f *runningFixture) {
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{at(foreignIPv4, unreached)}}
		}},
		{"behind a proxy whose firewall refuses the request", config.TLSOff, func(f *runningFixture) {
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{{netip.MustParseAddr(foreignIPv4), otherServer, 403, f.parsedChain(verifytest.CertificateTemplate{})}}}
		}},
		{"with a replica behind the proxy", config.TLSOff, func(f *runningFixture) {
			f.reach = Reach{Own: router, Addresses: []reachedAddress{{netip.MustParseAddr(foreignIPv4), sameProgram, 400, f.parsedChain(verifytest.CertificateTemplate{})}}}
		}},
		{"with another certificate in front", config.TLSFiles, func(f *runningFixture) {
			f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{Names: []string{"internal.example.com"}, SelfSigned: true})
			f.reach = Reach{Own: router, Addresses: []reachedAddress{{netip.MustParseAddr(foreignIPv4), thisService, 204, f.parsedChain(verifytest.CertificateTemplate{})}}}
		}},
		{"self-signed, as configured", config.TLSSelfSigned, func(f *runningFixture) {
			f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{SelfSigned: true})
		}},
		{"a certificate of six days on its third day", config.TLSACME, func(f *runningFixture) {
			f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{NotBefore: time.Now().AddDate(0, 0, -3), NotAfter: time.Now().AddDate(0, 0, 3)})
		}},
		{"before the CA has issued a certificate", config.TLSACME, func(f *runningFixture) { f.service.Chain = nil }},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := newRunningFixture(t, row.mode)
			row.change(f)
			require.Empty(t, f.faults())
		})
	}
}

// TestRunningServiceWithFault has one fault each. Fail must be certain: Alexa gets this service's certificate.
func TestRunningServiceWithFault(t *testing.T) {
	t.Parallel()
	direct, foreign := []netip.Addr{publicAddress()}, netip.MustParseAddr(foreignIPv4)
	own := reachedAddress{address: publicAddress()}
	valid := verifytest.CertificateTemplate{}
	otherHost := verifytest.CertificateTemplate{Names: []string{"blog.example.com"}}
	for _, row := range []struct {
		claim  string
		mode   config.TLSMode
		change func(*runningFixture)
		want   []Finding // without messages
	}{
		{"another host, seen through the public address", config.TLSFiles, func(f *runningFixture) {
			f.service.Chain = f.parsedChain(otherHost)
			f.reach = Reach{Addresses: []reachedAddress{{foreign, thisService, 204, f.service.Chain}}}
		}, []Finding{{Fail, CertificateHostCheck, "", "get a certificate for skill.example.com"}}},
		{"another host, at this machine's public address", config.TLSFiles, func(f *runningFixture) {
			f.service.Chain, f.reach = f.parsedChain(otherHost), Reach{Own: direct, Addresses: []reachedAddress{own}}
		}, []Finding{{Fail, CertificateHostCheck, "", "get a certificate for skill.example.com"}}},
		{"another host, perhaps behind a proxy", config.TLSFiles, func(f *runningFixture) { f.service.Chain = f.parsedChain(otherHost) },
			[]Finding{{Warn, CertificateHostCheck, "", "get a certificate for skill.example.com"}}},
		{"a proxy with an incomplete chain", config.TLSOff, func(f *runningFixture) {
			f.reach = Reach{Addresses: []reachedAddress{{foreign, thisService, 204, f.parsedChain(valid)[:1]}}}
		}, []Finding{{Warn, CertificatePathCheck, "", "let the proxy send the full chain of a CA that Amazon trusts"}}},
		{"a private CA", config.TLSFiles, func(f *runningFixture) { f.service.Roots = x509.NewCertPool() },
			[]Finding{{Warn, CertificatePathCheck, "", "put the intermediate certificates after the certificate in tls.cert_file, or get one from a CA that Amazon trusts"}}},
		{"a certificate of six days on its last day", config.TLSACME, func(f *runningFixture) {
			f.service.Chain = f.parsedChain(verifytest.CertificateTemplate{NotBefore: time.Now().AddDate(0, 0, -5), NotAfter: time.Now().AddDate(0, 0, 1)})
		}, []Finding{{Warn, "certificate dates", "", "renew it"}}},
		{"a record of another machine", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{{address: foreign, target: otherServer, status: 404}}}
		}, []Finding{{Warn, DNSCheck, "", "correct the DNS record; if a proxy is there, let it forward each POST to this service"}}},
		{"a second record of another machine", config.TLSFiles, func(f *runningFixture) {
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{own, {address: foreign}}}
		}, []Finding{{Warn, DNSCheck, "", "correct or remove the other record: Alexa uses either"}}},
		{"a proxy that does not forward the path", config.TLSOff, func(f *runningFixture) {
			f.reach = Reach{Addresses: []reachedAddress{{foreign, otherServer, 404, f.parsedChain(valid)}}}
		}, []Finding{{Warn, DNSCheck, "", "correct the DNS record; if a proxy is there, let it forward each POST to this service"}}},
		{"a proxy that does not run", config.TLSOff, func(f *runningFixture) {
			f.service.Listens = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}
			f.reach = Reach{Own: direct, Addresses: []reachedAddress{{address: publicAddress(), target: refused}}}
		}, []Finding{{Warn, PortCheck, "", "start the proxy, and let it forward each POST to 127.0.0.1:8080"}}},
	} {
		t.Run(row.claim, func(t *testing.T) {
			f := newRunningFixture(t, row.mode)
			row.change(f)
			got := f.faults()
			for i := range got {
				require.NotEmpty(t, got[i].Message)
				got[i].Message = ""
			}
			require.Equal(t, row.want, got)
		})
	}
}

// TestObservesOwnPublicAddress sends the request for recognition to different servers.
func TestObservesOwnPublicAddress(t *testing.T) {
	t.Parallel()
	p := newEndpointFixture(t)
	var arrived uint64
	c := &config.Config{PublicURL: "https://skill.example.com", Skills: []config.Skill{{Path: "/alexa/halfelf"}}}
	self := SelfRequest{Token: "secret", Seen: func() uint64 { return arrived }}
	for _, row := range []struct {
		claim, address string
		want           reachTarget
	}{
		{"this service", p.serverWithHandler(func(_ http.ResponseWriter, r *http.Request) {
			require.Equal(t, "POST /alexa/halfelf", r.Method+" "+r.URL.Path)
			if r.Header.Get(selfcheck.RequestHeader) == "secret" {
				arrived++
			}
		}), thisService},
		{"another replica", p.startService(true), sameProgram},
		{"another server", p.serverWithHandler(http.NotFound), otherServer},
		{"a server without TLS", greetingServer(t, "220 hello\r\n"), otherServer},
		{"no server", "127.0.0.1:1", refused},
	} {
		t.Run(row.claim, func(t *testing.T) {
			r := p.network(row.address).ObserveService(t.Context(), c, self)
			require.NoError(t, r.Err)
			require.Len(t, r.Addresses, 1)
			require.Equal(t, row.want, r.Addresses[0].target)
		})
	}
	t.Run("without a public host the network is not used", func(t *testing.T) {
		require.Equal(t, Reach{}, Network{Lookup: func(context.Context, string) ([]netip.Addr, error) { panic("used") }}.
			ObserveService(t.Context(), &config.Config{Skills: c.Skills}, self))
	})
	t.Run("a private address is not contacted", func(t *testing.T) {
		o := testNetwork()
		o.Lookup = func(context.Context, string) ([]netip.Addr, error) { return addressesOf([]string{"192.168.1.5"}), nil }
		o.Dial = func(context.Context, string) (net.Conn, error) { panic("used") }
		require.Equal(t, []reachedAddress{{address: netip.MustParseAddr("192.168.1.5")}}, o.ObserveService(t.Context(), c, self).Addresses)
	})
}

// TestSourceAddresses finds the address of this machine that leads to itself.
func TestSourceAddresses(t *testing.T) {
	loopback := netip.MustParseAddr("127.0.0.1")
	require.Equal(t, []netip.Addr{loopback}, sourceAddresses(t.Context(), []netip.Addr{loopback}))
}

// TestAbsentHostNeedsWorkingResolver checks that a missing name is a fault only if the resolver knows another host.
func TestAbsentHostNeedsWorkingResolver(t *testing.T) {
	notFound := &net.DNSError{Err: "no such host", IsNotFound: true}
	c := &config.Config{PublicURL: "https://skill.example.com", Skills: []config.Skill{{Path: "/alexa"}}}
	for _, row := range []struct {
		claim   string
		control error
		want    Verdict
	}{{"the resolver knows other hosts", nil, Warn}, {"the resolver knows no host", notFound, Unknown}, {"the resolver fails", syscall.ECONNREFUSED, Unknown}} {
		t.Run(row.claim, func(t *testing.T) {
			o := testNetwork()
			o.Lookup = func(_ context.Context, host string) ([]netip.Addr, error) {
				if host == controlHost {
					return []netip.Addr{publicAddress()}, row.control
				}
				return nil, notFound
			}
			f := newRunningFixture(t, config.TLSOff)
			f.reach = o.ObserveService(t.Context(), c, SelfRequest{})
			require.Equal(t, row.want, f.verdictOf(DNSCheck))
		})
	}
}

// Without a public host, DNS and the port have the same reason and remedy, so that the status page joins them.
func TestUnknownHostHasOneReason(t *testing.T) {
	t.Parallel()
	f := newRunningFixture(t, config.TLSOff)
	f.service.Config.PublicURL = ""
	reasons := map[string]int{}
	for _, finding := range f.service.Examine(Reach{}) {
		require.Equal(t, Unknown, finding.Verdict)
		reasons[finding.Message+"; "+finding.Remedy]++
	}
	require.Equal(t, map[string]int{
		"not checked: tls.mode is off, and the proxy has the certificate; ":                4,
		"the public host is unknown; set public_url to the public address of this service": 2,
	}, reasons)
}

func TestExamineClock(t *testing.T) {
	for _, row := range []struct {
		claim    string
		readings []ClockReading
		second   string // how far this clock is ahead of the second server's; "": no answer
		want     Verdict
	}{
		{"no feed has answered", nil, "", Unknown},
		{"a feed agrees", []ClockReading{{"a.example", 5 * time.Second}}, "", OK},
		{"one of two feeds agrees", []ClockReading{{"a.example", time.Hour}, {"b.example", -5 * time.Second}}, "", OK},
		{"the second server does not answer", []ClockReading{{"a.example", time.Hour}}, "", Unknown},
		{"the answer of the feed came from a cache", []ClockReading{{"a.example", time.Hour}}, "1s", OK},
		{"the servers contradict each other", []ClockReading{{"a.example", time.Hour}}, "-1h", OK},
		{"the clock is fast", []ClockReading{{"a.example", time.Minute}}, "1m1s", Warn},
		{"the clock is too fast", []ClockReading{{"a.example", time.Hour}}, "1h1s", Fail},
		{"the clock is too slow", []ClockReading{{"a.example", -time.Hour}}, "-1h", Fail},
	} {
		t.Run(row.claim, func(t *testing.T) {
			asked := false
			o := Network{ServerTime: func(context.Context) (time.Time, error) {
				asked = true
				ahead, err := time.ParseDuration(row.second)
				return time.Now().Add(-ahead), err
			}}
			f := o.ExamineClock(t.Context(), row.readings)
			require.Equal(t, row.want, f.Verdict, f.Message)
			require.Equal(t, "clock", f.Check)
			require.Equal(t, row.want == Warn || row.want == Fail, f.Remedy != "")
			require.Equal(t, len(row.readings) > 0 && row.readings[0].Off.Abs() > time.Second*30 && len(row.readings) < 2, asked)
		})
	}
}
