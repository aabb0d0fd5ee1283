// The scripted agent: an executable that speaks the Agent Client Protocol on its standard streams and plays a script.
//   node main.ts --script FILE [--state FOLDER]
// Its progress is kept in the state folder (default: under HOME), so that a killed agent can be resumed.
// QUINTET_SCRIPT_SPEED scales the waits of the script (0: none); QUINTET_STATUS_FILE is where a status is written.
import { enableCompileCache, flushCompileCache } from 'node:module'

// Everything else is loaded after this, and the cache is written at once: an agent is killed, it never exits by itself.
enableCompileCache()
const { serve } = await import('./serve.ts')
flushCompileCache()
await serve()
