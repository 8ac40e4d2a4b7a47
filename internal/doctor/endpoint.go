package doctor

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

// maxAddresses limits how many addresses of a host are checked.
const maxAddresses = 4

// An EndpointCheck checks an endpoint from outside.
type EndpointCheck struct {
	URL           *url.URL
	Network       Network
	ApplicationID string             // application id in forged requests; "": placeholderSkillID
	Demo          *simulator.DemoKey // identifies the demo at the endpoint; nil: a real service

	budget *timeBudget // starts with the check
}

// ParseURL parses and checks the endpoint URL that a user typed.
func ParseURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w", err)
	case u.Scheme == "http":
		return nil, errors.New("begin with https://: Alexa does not use http")
	case u.Scheme != "https" || u.Hostname() == "":
		return nil, errors.New("enter the endpoint as in Amazon's console, for example https://skill.example.com/alexa/halfelf")
	case u.User != nil || u.Fragment != "":
		return nil, errors.New("an endpoint has neither a user nor a fragment (#)")
	case u.Port() != "" && !isPort(u.Port()):
		return nil, errors.New("the port is a number from 1 to 65535")
	case strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > '~' }):
		return nil, errors.New("write the host in its ASCII form (xn--…)")
	}
	u.Path = cmp.Or(u.Path, "/")
	return u, nil
}

func isPort(text string) bool {
	port, err := strconv.ParseUint(text, 10, 16)
	return err == nil && port > 0
}

func (t EndpointCheck) portOrDefault() string { return cmp.Or(t.URL.Port(), alexaPort) }

// Examine checks the endpoint as Alexa and Amazon's certification do. If a check finds a problem, Examine continues with
// all checks that are still possible.
func (t EndpointCheck) Examine(ctx context.Context) []Finding {
	o := t.Network
	t.budget = &timeBudget{deadline: time.Now().Add(endpointTimeout)}
	addresses, err := o.lookupAddresses(ctx, t.URL.Hostname())
	findings := append(t.checkAddresses(addresses, err), t.checkPort())
	visits, more := t.visitAddresses(ctx, o, addresses)
	findings = append(append(findings, more...), t.checkCertificates(o, visits)...)
	return append(findings, t.checkAnswers(ctx, o, visits)...)
}

// visitAddresses connects to each address, and returns the visits to the addresses that speak TLS.
func (t EndpointCheck) visitAddresses(ctx context.Context, o Network, addresses []netip.Addr) (visits []addressVisit, findings []Finding) {
	for _, ip := range addresses[:min(len(addresses), maxAddresses)] {
		if t.budget.isExhausted() {
			f := skippedFinding("url connect")
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

// checkAnswers posts an unsigned request to each address. It sends all other forged requests to the first address that
// answers like a skill.
func (t EndpointCheck) checkAnswers(ctx context.Context, o Network, visits []addressVisit) (findings []Finding) {
	answering := slices.IndexFunc(visits, func(v addressVisit) bool {
		more, canContinue := t.checkAnswer(ctx, o, v.address)
		findings = append(findings, more...)
		return canContinue
	})
	switch {
	case answering < 0 && t.budget.exceeded:
		return append(findings, skippedFinding(forgeryCheck), t.budget.checkSpeed())
	case answering < 0:
		return append(findings, Finding{Warn, forgeryCheck, "skipped: no address answers like a skill",
			"fix the problems above, and check again"})
	}
	for _, v := range visits[answering+1:] {
		more, _ := t.checkAnswer(ctx, o, v.address)
		findings = append(findings, more...)
	}
	findings = append(findings, t.sendForgeries(ctx, o, visits[answering].address)...)
	return append(findings, t.budget.checkSpeed())
}

func (t EndpointCheck) checkAddresses(addresses []netip.Addr, err error) []Finding {
	const name = "url dns"
	if t.Demo != nil {
		return []Finding{{OK, name, t.URL.Hostname() + ", as this is a demo", ""}}
	}
	if failed := checkPublicAddresses(name, t.URL.Hostname(), addresses, err); failed != nil {
		return failed
	}
	message := fmt.Sprintf("%s is %s", t.URL.Hostname(), joinAddresses(addresses))
	if len(addresses) > maxAddresses {
		message += fmt.Sprintf("; only the first %d are checked", maxAddresses)
	}
	return []Finding{{OK, name, message, ""}}
}

func (t EndpointCheck) checkPort() Finding {
	const name = "url port"
	switch {
	case t.portOrDefault() == alexaPort:
		return Finding{OK, name, alexaPort, ""}
	case t.Demo != nil:
		return Finding{OK, name, t.portOrDefault() + ", as this is a demo: Alexa connects only to 443", ""}
	}
	return Finding{Fail, name, t.portOrDefault() + ": Alexa connects only to port 443, and reports no error",
		"let the service listen on port 443, or forward port 443 to it"}
}

// checkCertificates checks each different certificate once.
func (t EndpointCheck) checkCertificates(o Network, visits []addressVisit) (findings []Finding) {
	var first []byte
	for i, v := range visits {
		certs := v.state.PeerCertificates
		if i > 0 && bytes.Equal(certs[0].Raw, first) {
			continue
		}
		if t.Demo != nil {
			findings = append(findings, checkDemo(t.Demo, certs[0]))
			continue
		}
		if i > 0 {
			findings = append(findings, Finding{Warn, "url certificate",
				fmt.Sprintf("%s shows another certificate than %s", v.address, visits[0].address),
				"if this is not a load balancer, one address belongs to another machine: correct its DNS record"})
		}
		first = certs[0].Raw
		findings = append(findings, presentedChain{
			leaf: certs[0], intermediates: certs[1:], host: t.URL.Hostname(), roots: o.Roots, now: time.Now(),
			remedy: "send the full chain (fullchain.pem, not cert.pem) of a CA that Amazon trusts",
		}.checkChain("url")...)
	}
	return findings
}

// MatchSkill finds the configured skill with this endpoint, and uses its application id.
func (t *EndpointCheck) MatchSkill(c *config.Config) Finding {
	const name = "url configured"
	var endpoints []string
	for i := range c.Skills {
		endpoint := c.EndpointURL(c.Skills[i])
		if e, err := url.Parse(endpoint); err == nil && endpoint != "" && strings.EqualFold(e.Hostname(), t.URL.Hostname()) &&
			e.Path == t.URL.Path {
			t.ApplicationID = c.Skills[i].ApplicationID
			return Finding{OK, name, "the endpoint of " + c.Skills[i].Name, ""}
		}
		endpoints = append(endpoints, cmp.Or(endpoint, c.Skills[i].Path+" of a host that is not configured"))
	}
	return Finding{Warn, name, "not an endpoint of this configuration, which has " + strings.Join(endpoints, ", "),
		"compare public_url and skills[].path with Amazon's console"}
}

// placeholderSkillID is used in forged requests if the skill is unknown.
const placeholderSkillID = "amzn1.ask.skill.00000000-0000-4000-8000-000000000000"
