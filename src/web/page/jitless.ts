import { config } from "zod";

// zod probes for eval when the first schema is made, which the page's content security policy would report. Imported
// before anything that has a schema.
config({ jitless: true });
