package setup

import (
	"context"
	"net/url"
	"strings"

	"lastpost/internal/config"
	"lastpost/internal/doctor"
)

const hostText = "1 of 7. The host name that Alexa calls, such as skill.example.com"

// askHost asks for the public host name. A name that does not lead to this machine is asked again, with itself as the
// proposal: the DNS record may come later, or a router may forward the port.
func (i *Interview) askHost(ctx context.Context) error {
	q := question{flag: "host", text: hostText, judge: i.judgeHost}
	given, accepted := i.Answers.Host, ""
	for {
		host, err := i.console.ask(q, given)
		if err != nil {
			return err
		}
		i.file.host = host
		if host == accepted {
			return nil
		}
		fine := i.reportDNS(ctx, host)
		if fine || given != "" || i.console.asksNone {
			return nil
		}
		q.text, q.proposal = "1 of 7. Enter keeps this name, or type another", host
		given, accepted = "", host
	}
}

// reportDNS prints where the name leads. It reports whether it leads to this machine.
func (i *Interview) reportDNS(ctx context.Context, host string) bool {
	i.console.printf("Looking up %s …", host)
	fine := true
	for _, f := range i.Machine.Network.CheckHost(ctx, host, false) {
		i.console.printf("%s", sentence(f))
		fine = fine && f.Verdict == doctor.OK
	}
	return fine
}

// sentence returns a finding as a sentence.
func sentence(f doctor.Finding) string {
	if f.Remedy == "" {
		return f.Message + "."
	}
	return f.Message + "; " + f.Remedy + "."
}

// judgeHost accepts a host name, also as the address of a page.
func (i *Interview) judgeHost(answer string) (host, fault string) {
	host = strings.ToLower(answer)
	if u, err := url.Parse(host); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	host = strings.Trim(host, "/.")
	s := defaultSettings()
	s.host = host
	return host, s.fault("tls.domains")
}

// later is the answer that leaves the skill id open.
const later = "later"

func (i *Interview) askID(context.Context) (err error) {
	i.file.id, err = i.console.ask(question{
		flag: "id", text: "3 of 7. The skill id from Amazon's developer console, or Enter to add it later", proposal: later,
		judge: i.judgeID,
	}, i.Answers.ID)
	return err
}

func (i *Interview) judgeID(answer string) (id, fault string) {
	if strings.EqualFold(answer, later) {
		return config.PlaceholderID, ""
	}
	s := defaultSettings()
	s.id = answer
	return answer, s.fault("skills[0].application_id")
}
