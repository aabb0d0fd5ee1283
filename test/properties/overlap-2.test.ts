import { testShard } from './shard.ts'

testShard(11, 20)
