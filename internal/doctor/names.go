package doctor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"lastpost/internal/config"
)

// carrierGrade are the addresses that providers share among customers (RFC 6598).
func carrierGrade() netip.Prefix { return netip.MustParsePrefix("100.64.0.0/10") }

// global tells whether an address can be reached from anywhere.
func global(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !carrierGrade().Contains(a)
}

// checkNames looks the public host up, and compares what is found with this machine.
func checkNames(ctx context.Context, o Network, c *config.Config) []Finding {
	const name = "dns"
	host := c.Host()
	if host == "" {
		return []Finding{{Warn, name, "the public host is not known", "set public_url to what the world calls this service"}}
	}
	found, err := o.addresses(ctx, host)
	if failed := checkResolves(name, host, found, err); failed != nil {
		return failed
	}
	own, err := o.ownAddresses()
	if err != nil {
		return []Finding{{Warn, name, fmt.Sprintf("%s is %s; this machine's addresses are not known: %v", host, join(found), err), ""}}
	}
	return []Finding{checkWhose(name, host, found, own, c.TLS.Mode == config.TLSOff)}
}

// checkResolves gives what is wrong with the addresses of a host: nil where Alexa can use each of them.
func checkResolves(name, host string, found []netip.Addr, err error) (findings []Finding) {
	failure, ok := errors.AsType[*net.DNSError](err)
	switch {
	case ok && !failure.IsNotFound:
		return []Finding{{Warn, name, fmt.Sprintf("%s could not be looked up: %v", host, err),
			"ask again, or look into this machine's resolver"}}
	case err != nil || len(found) == 0:
		return []Finding{{Fail, name, host + " has no address",
			"add an A record, and an AAAA record where there is IPv6, with the service's public address"}}
	}
	for _, address := range found {
		if !global(address) {
			message := fmt.Sprintf("%s is %s, which Alexa cannot reach", host, address)
			if host == address.String() {
				message = host + " is an address that Alexa cannot reach"
			}
			findings = append(findings, Finding{Fail, name, message, "let a name of public addresses alone be the endpoint's host"})
		}
	}
	return findings
}

// checkWhose compares a host's addresses with a machine's. That one family leads elsewhere, mostly an AAAA record that
// nobody remembers, makes a service that answers only sometimes.
func checkWhose(name, host string, found, own []netip.Addr, behindProxy bool) Finding {
	var here, elsewhere []netip.Addr
	for _, address := range found {
		if slices.Contains(own, address) {
			here = append(here, address)
		} else {
			elsewhere = append(elsewhere, address)
		}
	}
	switch {
	case len(elsewhere) == 0:
		return Finding{OK, name, fmt.Sprintf("%s is %s, as is this machine", host, join(here)), ""}
	case len(here) > 0:
		return Finding{Warn, name,
			fmt.Sprintf("%s is %s, as is this machine, and also %s, as it is not", host, join(here), join(elsewhere)),
			"correct or remove the other record: Alexa takes either"}
	case behindProxy:
		return Finding{OK, name,
			fmt.Sprintf("%s is %s, which is not this machine: whatever is there must pass requests on to it", host, join(found)), ""}
	}
	return Finding{Warn, name, fmt.Sprintf("%s is %s, which is no address of this machine", host, join(found)),
		"that is well where a router or a load balancer passes port 443 on to this machine; else correct the record"}
}

func join(addresses []netip.Addr) string {
	var texts []string
	for _, address := range addresses {
		texts = append(texts, address.String())
	}
	return strings.Join(texts, " and ")
}
