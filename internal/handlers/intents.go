package handlers

// An Intent is something that a listener can want. To add one: a line in the table, and its handler.
type Intent struct {
	Name   string
	Slots  []Slot
	handle func(*turn) answer
}

// A Slot is a variable part of an intent's utterances.
type Slot struct {
	Name, Type string
}

// CategoryType is the slot type whose values are the blog's own categories.
const CategoryType = "BlogCategory"

// Intents is the one table of intents: what Alexa is taught and what is answered.
func Intents() []Intent {
	date := []Slot{{"Date", "AMAZON.DATE"}}
	return []Intent{
		{"LastPostIntent", date, (*turn).lastPost},
		{"ReadPostIntent", date, (*turn).readPost},
		{"ListPostsIntent", date, (*turn).listPosts},
		{"SelectPostIntent", []Slot{{"Number", "AMAZON.NUMBER"}}, (*turn).selectPost},
		{"SearchPostsIntent", []Slot{{"Query", "AMAZON.SearchQuery"}}, (*turn).searchPosts},
		{"CategoryPostsIntent", []Slot{{"Category", CategoryType}}, (*turn).categoryPosts},
		{"WhatsNewIntent", nil, (*turn).whatsNew},
		{"PlayEpisodeIntent", date, (*turn).playEpisode},
		{"AMAZON.YesIntent", nil, (*turn).yes},
		{"AMAZON.NoIntent", nil, (*turn).no},
		{"AMAZON.NextIntent", nil, (*turn).next},
		{"AMAZON.PreviousIntent", nil, (*turn).previous},
		{"AMAZON.RepeatIntent", nil, (*turn).repeat},
		{"AMAZON.StartOverIntent", nil, (*turn).startOver},
		{"AMAZON.PauseIntent", nil, (*turn).pause},
		{"AMAZON.ResumeIntent", nil, (*turn).goOn},
		{"AMAZON.HelpIntent", nil, (*turn).help},
		{"AMAZON.FallbackIntent", nil, (*turn).fallback},
		{"AMAZON.StopIntent", nil, (*turn).stop},
		{"AMAZON.CancelIntent", nil, (*turn).stop},
		{"AMAZON.NavigateHomeIntent", nil, (*turn).stop},
	}
}

// find gives the intent of a name; false for one that the interaction model has and this version does not.
func (s *Skill) find(name string) (Intent, bool) {
	s.once.Do(func() {
		s.intents = map[string]Intent{}
		for _, intent := range Intents() {
			s.intents[intent.Name] = intent
		}
	})
	intent, ok := s.intents[name]
	return intent, ok
}

func (t *turn) intent() answer {
	intent, ok := t.skill.find(t.envelope.Request.Intent.Name)
	if !ok {
		return t.fallback()
	}
	return intent.handle(t)
}

// slot gives what was said for a slot: "" for nothing, and "?" for what Alexa did not understand.
func (t *turn) slot(name string) string { return t.envelope.Request.Intent.Slot(name) }
