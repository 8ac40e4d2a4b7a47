package handlers

// An Intent is something that a listener can want. To add one: a line in the table, and its handler.
type IntentSpec struct {
	Name   string
	Slots  []SlotSpec
	handle func(*turn) answer
}

// A Slot is a variable part of an intent's utterances.
type SlotSpec struct {
	Name, Type string
}

// CategoryType is the slot type whose values are the blog's own categories.
const CategoryType = "BlogCategory"

// Intents is the one table of intents: what Alexa is taught and what is answered.
func Intents() []IntentSpec {
	date := []SlotSpec{{"Date", "AMAZON.DATE"}}
	return []IntentSpec{
		{"LastPostIntent", date, (*turn).handleLastPost},
		{"ReadPostIntent", date, (*turn).handleReadPost},
		{"ListPostsIntent", date, (*turn).handleListPosts},
		{"SelectPostIntent", []SlotSpec{{"Number", "AMAZON.NUMBER"}}, (*turn).handleSelectPost},
		{"SearchPostsIntent", []SlotSpec{{"Query", "AMAZON.SearchQuery"}}, (*turn).handleSearchPosts},
		{"CategoryPostsIntent", []SlotSpec{{"Category", CategoryType}}, (*turn).handleCategoryPosts},
		{"WhatsNewIntent", nil, (*turn).handleWhatsNew},
		{"PlayEpisodeIntent", date, (*turn).handlePlayEpisode},
		{"AMAZON.YesIntent", nil, (*turn).handleYes},
		{"AMAZON.NoIntent", nil, (*turn).handleNo},
		{"AMAZON.NextIntent", nil, (*turn).handleNext},
		{"AMAZON.PreviousIntent", nil, (*turn).handlePrevious},
		{"AMAZON.RepeatIntent", nil, (*turn).handleRepeat},
		{"AMAZON.StartOverIntent", nil, (*turn).handleStartOver},
		{"AMAZON.PauseIntent", nil, (*turn).handlePause},
		{"AMAZON.ResumeIntent", nil, (*turn).handleResume},
		{"AMAZON.HelpIntent", nil, (*turn).handleHelp},
		{"AMAZON.FallbackIntent", nil, (*turn).handleFallback},
		{"AMAZON.StopIntent", nil, (*turn).handleStop},
		{"AMAZON.CancelIntent", nil, (*turn).handleStop},
		{"AMAZON.NavigateHomeIntent", nil, (*turn).handleStop},
	}
}

// intentByName gives the intent of a name; false for one that the interaction model has and this version does not.
func (s *Responder) intentByName(name string) (IntentSpec, bool) {
	s.once.Do(func() {
		s.intents = map[string]IntentSpec{}
		for _, intent := range Intents() {
			s.intents[intent.Name] = intent
		}
	})
	intent, ok := s.intents[name]
	return intent, ok
}

func (t *turn) handleIntent() answer {
	intent, ok := t.responder.intentByName(t.envelope.Request.Intent.Name)
	if !ok {
		return t.handleFallback()
	}
	return intent.handle(t)
}

// slotValue gives what was said for a slot: "" for nothing, and "?" for what Alexa did not understand.
func (t *turn) slotValue(name string) string { return t.envelope.Request.Intent.Slot(name) }
