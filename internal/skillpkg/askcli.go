package skillpkg

import (
	"bytes"
	"encoding/json"
	"strings"
)

// The two files are those of Amazon's command line tool, in the form that its second version has. The first one tells it
// where the package is. The second one is its memory: the skill that is there is updated, and without one a new skill is
// made. It writes into it what it deployed last, so that a file that is there and names the same skill is left as it is.

// askVersion is what the tool expects both to say.
const askVersion = "2020-03-31"

// askProfile is the profile that the tool works with unless it is told another.
const askProfile = "default"

func askResources() any {
	profile := map[string]any{"skillMetadata": map[string]string{"src": "./" + packageDir}}
	return map[string]any{"askcliResourcesVersion": askVersion, "profiles": map[string]any{askProfile: profile}}
}

type askStates struct {
	Version  string              `json:"askcliStatesVersion"`
	Profiles map[string]askSkill `json:"profiles"`
}

type askSkill struct {
	SkillID string `json:"skillId"`
}

func newAskStates(applicationID string) askStates {
	return askStates{askVersion, map[string]askSkill{askProfile: {applicationID}}}
}

// isSameSkill tells whether the tool's memory, as it was found, is of the same skill as the one that would be written.
func isSameSkill(found, written []byte) bool {
	var old, ours askStates
	return json.Unmarshal(found, &old) == nil && json.Unmarshal(written, &ours) == nil &&
		old.Profiles[askProfile].SkillID == ours.Profiles[askProfile].SkillID
}

// hasSkillID tells whether Amazon gave the skill an id yet.
func hasSkillID(applicationID string) bool {
	return strings.Trim(strings.TrimPrefix(applicationID, "amzn1.ask.skill."), "0-") != ""
}

// encodeJSON writes JSON for people to read too: indented, and with "&" as it is.
func encodeJSON(content any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(content); err != nil {
		panic(err) // none of our types can fail, whatever they hold
	}
	return out.Bytes()
}
