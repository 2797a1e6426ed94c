// Run the official TypeScript SDK 9 against a project with an index `docs` and a pod `pod`.
import assert from 'node:assert/strict'
import { Pinecone } from '@pinecone-database/pinecone'

const client = new Pinecone({ apiKey: 'any', controllerHostUrl: process.argv[2] })

const made = []
for (const n of [0, 1, 2]) {
  made.push(await client.backups.create('docs', { name: `night-${n}`, description: 'd' }))
}
const page = await client.backups.listByIndex('docs', { limit: 2 })
assert.deepEqual(page.data.map((each) => each.name), ['night-2', 'night-1'])
const rest = await client.backups.listByIndex('docs', { paginationToken: page.pagination.next })
assert.deepEqual(rest.data.map((each) => each.name), ['night-0'])
const backup = await client.backups.describe(made[0].backupId)
assert.deepEqual([backup.status, backup.recordCount], ['Ready', 200])

const restored = await client.backups.createIndex(backup.backupId, {
  name: 'again', tags: { a: 'b' }, deletionProtection: 'enabled',
})
const jobs = await client.restoreJobs.list({ limit: 5 })
assert.equal(jobs.data.length, 1)
const job = await client.restoreJobs.describe(restored.restoreJobId)
assert.deepEqual([job.status, job.targetIndexName], ['Completed', 'again'])
await client.backups.delete(backup.backupId)

const described = await client.indexes.describe('docs')
const index = client.index({ name: 'docs', host: described.host })
await index.startImport({ uri: 's3://b/more', errorMode: 'abort', integration: 'one' })
const load = await index.describeImport('1')
assert.deepEqual([load.status, load.recordsImported], ['Completed', 1000])
await index.startImport({ uri: 's3://b/other' })
assert.equal((await index.listImports(10)).data.length, 2)
await index.cancelImport('2')

const mine = index.namespace('mine')
const vectors = [0, 1, 2].map((n) => ({ id: `v${n}`, values: [n + 1, ...Array(7).fill(0.5)] }))
await mine.upsert({ records: vectors })
assert.deepEqual(Object.keys((await mine.fetch({ ids: ['v0', 'none'] })).records), ['v0'])
const found = await mine.query({ vector: vectors[2].values, topK: 2 })
assert.deepEqual(found.matches.map((each) => each.id), ['v2', 'v1'])
const listed = await mine.listPaginated({ limit: 2 })
assert.deepEqual(listed.vectors.map((each) => each.id), ['v0', 'v1'])
await mine.deleteOne({ id: 'v0' })
assert.equal((await index.describeIndexStats()).namespaces.mine.recordCount, 2)

await client.collections.create({ name: 'kept', source: 'pod' })
assert.equal((await client.collections.list()).collections.length, 1)
assert.equal((await client.collections.describe('kept')).status, 'Ready')
await client.collections.delete('kept')

const models = await client.inference.listModels({ type: 'embed' })
assert.ok(models.models.some((each) => each.model === 'llama-text-embed-v2'))
assert.equal((await client.inference.getModel('llama-text-embed-v2')).defaultDimension, 1024)
const embedded = await client.inference.embed({
  model: 'llama-text-embed-v2', inputs: ['a text'], parameters: { inputType: 'query' },
})
assert.equal(embedded.data[0].values.length, 1024)
