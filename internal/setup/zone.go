package setup

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"strings"

	"lastpost/internal/config"
	"lastpost/internal/feed/dates"
)

func (i *Interview) askTimezone(context.Context) (err error) {
	proposal, reason := dates.ProposeZone(i.found.offsets, i.found.language, i.systemZone())
	if i.Answers.Timezone == "" {
		i.console.printf("Proposed time zone %s: %s.", proposal, reason)
	}
	i.file.zone, err = i.console.ask(question{
		flag: "timezone", text: "5 of 7. The time zone of the blog", proposal: proposal, judge: i.judgeTimezone,
		suggest: func(answer string) string { return cmp.Or(config.SuggestTimezones(answer)...) },
	}, i.Answers.Timezone)
	return err
}

func (i *Interview) judgeTimezone(answer string) (zone, fault string) {
	s := defaultSettings()
	s.zone = answer
	return answer, s.fault("skills[0].timezone")
}

// systemZone returns the name of this machine's time zone, or "" if it is unknown.
func (i *Interview) systemZone() string {
	if i.Machine.Zone != nil {
		return i.Machine.Zone()
	}
	if zone, set := i.Getenv("TZ"); set && zone != "" {
		return strings.TrimPrefix(zone, ":")
	}
	target, _ := filepath.EvalSymlinks("/etc/localtime") // an error leaves the next source
	_, linked, _ := strings.Cut(target, "/zoneinfo/")
	named, _ := os.ReadFile("/etc/timezone") // Debian's; it may not exist
	return cmp.Or(linked, strings.TrimSpace(string(named)))
}
