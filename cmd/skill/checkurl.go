package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"lastpost/internal/config"
	"lastpost/internal/simulator"
)

// mostAddresses of a host are visited.
const mostAddresses = 4

// A target is an endpoint that is looked at from outside.
type target struct {
	url   *url.URL
	demo  *simulator.Key // of the demonstration that answers there; nil: it is somebody's service
	watch *stopwatch     // begins with the examination
}

// parseTarget takes what a user typed for an endpoint.
func parseTarget(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("--url: %w", err)
	case u.Scheme == "http":
		return nil, errors.New("--url: Alexa speaks https alone: begin with https://")
	case u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("--url: give the endpoint as Amazon's console has it, for example https://skill.example.com/alexa/halfelf")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("--url: an endpoint has neither a user nor a fragment (#)")
	case u.Port() != "" && !isPort(u.Port()):
		return nil, errors.New("--url: the port is a number from 1 to 65535")
	case strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > '~' }):
		return nil, errors.New("--url: write the host in its ASCII form (xn--…)")
	}
	u.Path = cmp.Or(u.Path, "/")
	return u, nil
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

func (t target) port() string { return cmp.Or(t.url.Port(), alexaPort) }

// examine looks at the endpoint as Alexa and Amazon's certification do. Whatever is amiss, it goes on as far as it gets.
func (t target) examine(ctx context.Context, o outside, applicationID string) []finding {
	t.watch = &stopwatch{until: time.Now().Add(patience)}
	addresses, err := o.addresses(ctx, t.url.Hostname())
	findings := append(t.checkAddresses(addresses, err), t.checkPort())
	visits, more := t.visit(ctx, o, addresses)
	findings = append(append(findings, more...), t.checkCertificates(o, visits)...)
	return append(findings, t.ask(ctx, o, visits, applicationID)...)
}

// visit connects to the addresses, and gives those where somebody speaks TLS.
func (t target) visit(ctx context.Context, o outside, addresses []netip.Addr) (visits []visit, findings []finding) {
	for _, ip := range addresses[:min(len(addresses), mostAddresses)] {
		if t.watch.isOver() {
			f := unasked("url connect")
			f.Message = ip.String() + ": " + f.Message
			findings = append(findings, f)
			continue
		}
		v := t.visitAddress(ctx, o, ip)
		findings = append(findings, v.findings...)
		if v.state != nil {
			visits = append(visits, v)
		}
	}
	return visits, findings
}

// ask posts what bears no signature to each, and all probes to the first that answers as a skill.
func (t target) ask(ctx context.Context, o outside, visits []visit, applicationID string) (findings []finding) {
	answering := slices.IndexFunc(visits, func(v visit) bool {
		more, goOn := t.checkAnswer(ctx, o, v.address)
		findings = append(findings, more...)
		return goOn
	})
	switch {
	case answering < 0 && t.watch.over:
		return append(findings, unasked(probeCheck), t.watch.judge())
	case answering < 0:
		return append(findings, finding{warn, probeCheck, "not made, as nothing there answers as a skill", "mend what stands above, and check again"})
	}
	for _, v := range visits[answering+1:] {
		more, _ := t.checkAnswer(ctx, o, v.address)
		findings = append(findings, more...)
	}
	findings = append(findings, t.probe(ctx, o, visits[answering].address, applicationID)...)
	return append(findings, t.watch.judge())
}

func (t target) checkAddresses(addresses []netip.Addr, err error) []finding {
	const name = "url dns"
	if t.demo != nil {
		return []finding{{good, name, t.url.Hostname() + ", as this is a demonstration", ""}}
	}
	if failed := checkResolves(name, t.url.Hostname(), addresses, err); failed != nil {
		return failed
	}
	message := fmt.Sprintf("%s is %s", t.url.Hostname(), join(addresses))
	if len(addresses) > mostAddresses {
		message += fmt.Sprintf(", of which the first %d are examined", mostAddresses)
	}
	return []finding{{good, name, message, ""}}
}

func (t target) checkPort() finding {
	const name = "url port"
	switch {
	case t.port() == alexaPort:
		return finding{good, name, alexaPort, ""}
	case t.demo != nil:
		return finding{good, name, t.port() + ", as this is a demonstration: Alexa connects to 443 alone", ""}
	}
	return finding{fail, name, t.port() + ": Alexa connects to no other port than 443, and says nothing",
		"let the service listen on port 443, or something that passes connections on to it"}
}

// checkCertificates judges each certificate that is shown, once.
func (t target) checkCertificates(o outside, visits []visit) (findings []finding) {
	var first []byte
	for i, v := range visits {
		certs := v.state.PeerCertificates
		if i > 0 && bytes.Equal(certs[0].Raw, first) {
			continue
		}
		if t.demo != nil {
			findings = append(findings, checkDemo(t.demo, certs[0]))
			continue
		}
		if i > 0 {
			findings = append(findings, finding{warn, "url certificate", fmt.Sprintf("%s shows another certificate than %s", v.address, visits[0].address),
				"where this is no load balancer, an address leads to another machine: correct its DNS record"})
		}
		first = certs[0].Raw
		findings = append(findings, shown{
			leaf: certs[0], others: certs[1:], host: t.url.Hostname(), roots: o.roots, now: time.Now(),
			remedy: "let the server send the whole chain (fullchain.pem, not cert.pem), of a CA that Amazon trusts",
		}.examine("url")...)
	}
	return findings
}

// compare finds the skill that an endpoint is configured for; nil where there is none.
func (t target) compare(c *config.Config) (*config.Skill, finding) {
	const name = "url configured"
	var endpoints []string
	for i := range c.Skills {
		endpoint := c.Endpoint(c.Skills[i])
		if e, err := url.Parse(endpoint); err == nil && endpoint != "" && strings.EqualFold(e.Hostname(), t.url.Hostname()) && e.Path == t.url.Path {
			return &c.Skills[i], finding{good, name, "the endpoint of " + c.Skills[i].Name, ""}
		}
		endpoints = append(endpoints, cmp.Or(endpoint, c.Skills[i].Path+" of a host that is not configured"))
	}
	return nil, finding{warn, name, "not an endpoint of this configuration, which has " + strings.Join(endpoints, ", "),
		"compare public_url and skills[].path with Amazon's console"}
}
